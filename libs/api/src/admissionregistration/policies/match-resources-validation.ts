import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { DeepReadonly, LabelSelector, ValidatingAdmissionPolicy } from '../../meta/json-types';
import { validateLabelSelector } from '../../meta/label-selector';
import { isPathSegmentName } from '../../meta/names';
import { invalidEach } from '../../validation/checks';
import { validateMatchRule } from '../match-rule-validation';

export type MatchResources = NonNullable<
  NonNullable<DeepReadonly<ValidatingAdmissionPolicy>['spec']>['matchConstraints']
>;
type NamedRule = NonNullable<MatchResources['resourceRules']>[number];

const matchPolicies = ['Equivalent', 'Exact'];

export function validateMatchResources(match: MatchResources, path: string): FieldError[] {
  const { matchPolicy, namespaceSelector, objectSelector } = match;
  return [
    ...(matchPolicy === undefined ? [field.required(`${path}.matchPolicy`)] : []),
    ...(matchPolicy !== undefined && !matchPolicies.includes(matchPolicy)
      ? [field.notSupported(`${path}.matchPolicy`, matchPolicy, matchPolicies)]
      : []),
    ...validateSelector(namespaceSelector, `${path}.namespaceSelector`),
    ...validateSelector(objectSelector, `${path}.objectSelector`),
    ...(match.resourceRules ?? []).flatMap((rule, at) => validateRule(rule, `${path}.resourceRules[${at}]`)),
    ...(match.excludeResourceRules ?? []).flatMap((rule, at) =>
      validateRule(rule, `${path}.excludeResourceRules[${at}]`),
    ),
  ];
}

const validateSelector = (selector: DeepReadonly<LabelSelector> | undefined, path: string): FieldError[] =>
  selector === undefined ? [field.required(path)] : validateLabelSelector(selector as LabelSelector, path);

function validateRule(rule: NamedRule, path: string): FieldError[] {
  const names = new Set<string>();
  return [
    ...(rule.resourceNames ?? []).flatMap((name, at) => {
      const where = `${path}.resourceNames[${at}]`;
      const errors = invalidEach(name, isPathSegmentName(name), where);
      if (names.has(name)) errors.push(field.duplicate(where, name));
      names.add(name);
      return errors;
    }),
    ...validateMatchRule(rule, path),
  ];
}

/** A policy has to say what it is about. */
export function validateMatchConstraints(match: MatchResources | undefined, path: string): FieldError[] {
  if (!match) return [field.required(path)];
  const errors = validateMatchResources(match, path);
  if (!match.resourceRules?.length) errors.push(field.required(`${path}.resourceRules`));
  return errors;
}

const mutatingOperations = ['CREATE', 'UPDATE'];

/** What is deleted or connected to has nothing that could be changed. */
export function validateMutatingOperations(match: MatchResources | undefined, path: string): FieldError[] {
  return (match?.resourceRules ?? []).flatMap(({ operations = [] }) =>
    operations
      .filter((operation) => !mutatingOperations.includes(operation))
      .map((operation) => field.notSupported(`${path}.resourceRules.operations`, operation, mutatingOperations)),
  );
}
