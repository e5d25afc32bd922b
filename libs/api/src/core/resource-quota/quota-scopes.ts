import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { ResourceQuota } from '../../meta/json-types';
import { isStandardQuotaResource } from './resource-names';

type Spec = NonNullable<ResourceQuota['spec']>;
type Requirement = NonNullable<NonNullable<Spec['scopeSelector']>['matchExpressions']>[number];

const podCompute = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];
const ofPods = new Set(['pods', ...podCompute]);
/** Each scope with the resources that it can be laid on. */
const resourcesOfScope: Readonly<Record<string, ReadonlySet<string>>> = {
  Terminating: ofPods,
  NotTerminating: ofPods,
  NotBestEffort: ofPods,
  PriorityClass: ofPods,
  CrossNamespacePodAffinity: ofPods,
  BestEffort: new Set(['pods']),
  VolumeAttributesClass: new Set(['persistentvolumeclaims', 'requests.storage']),
};
/** Scopes that are there or not, and take no values. */
const plainScopes = new Set([
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
]);
const exclusive = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const;

const isStandardScope = (scope: string): boolean => Object.hasOwn(resourcesOfScope, scope);

/** The standard resources of the quota that a scope has no say in, one entry each. */
const unfit = (spec: Spec, scope: string): string[] =>
  Object.keys(spec.hard ?? {}).filter(
    (name) => isStandardQuotaResource(name) && !(isStandardScope(scope) && resourcesOfScope[scope]?.has(name)),
  );

function conflicting(scopes: readonly string[], spec: Spec, path: string): FieldError[] {
  return exclusive
    .filter((pair) => pair.every((scope) => scopes.includes(scope)))
    .map(() => field.invalid(path, spec.scopes ?? null, 'conflicting scopes'));
}

export function validateScopes(spec: Spec, path: string): FieldError[] {
  const scopes = spec.scopes ?? [];
  const errors = scopes.flatMap((scope) => [
    ...(isStandardScope(scope) ? [] : [field.invalid(path, scopes, 'unsupported scope')]),
    ...unfit(spec, scope).map(() => field.invalid(path, scopes, 'unsupported scope applied to resource')),
  ]);
  return [...errors, ...conflicting(scopes, spec, path)];
}

function validateOperator({ scopeName, operator, values = [] }: Requirement, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (plainScopes.has(scopeName) && operator !== 'Exists') {
    errors.push(
      field.invalid(
        `${path}.operator`,
        operator,
        "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
      ),
    );
  }
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0) {
      errors.push(
        field.required(
          `${path}.values`,
          "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
        ),
      );
    }
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0) {
      errors.push(
        field.invalid(
          `${path}.values`,
          values,
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      );
    }
  } else errors.push(field.invalid(`${path}.operator`, operator, 'not a valid selector operator'));
  return errors;
}

export function validateScopeSelector(spec: Spec, selectorPath: string): FieldError[] {
  if (!spec.scopeSelector) return [];
  const path = `${selectorPath}.matchExpressions`;
  const requirements = spec.scopeSelector.matchExpressions ?? [];
  const errors = requirements.flatMap((requirement) => [
    ...(isStandardScope(requirement.scopeName)
      ? []
      : [field.invalid(`${path}.scopeName`, requirement.scopeName, 'unsupported scope')]),
    ...unfit(spec, requirement.scopeName).map(() =>
      field.invalid(path, spec.scopeSelector, 'unsupported scope applied to resource'),
    ),
    ...validateOperator(requirement, path),
  ]);
  const scopes = requirements.map(({ scopeName }) => scopeName);
  return [...errors, ...conflicting(scopes, spec, path)];
}
