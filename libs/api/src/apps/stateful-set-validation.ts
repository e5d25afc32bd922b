import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { StatefulSet } from '../meta/json-types';
import { semanticEqual } from '../meta/semantic-equal';
import { validateNonNegative } from '../validation/checks';
import { asNumber, percentage, validateIntOrPercent } from './int-or-percent';
import { validateSelector, validateWorkloadTemplate } from './pod-template-validation';

type Spec = NonNullable<StatefulSet['spec']>;
const policies = ['OrderedReady', 'Parallel'];
const retentions = ['Delete', 'Retain'];

function validateManagementPolicy(policy: string | undefined): FieldError[] {
  const path = 'spec.podManagementPolicy';
  if (!policy) return [field.required(path)];
  return policies.includes(policy) ? [] : [field.invalid(path, policy, `must be '${policies[0]}' or '${policies[1]}'`)];
}

function validateRollingUpdate(rolling: NonNullable<Spec['updateStrategy']>['rollingUpdate']): FieldError[] {
  if (!rolling) return [];
  const path = 'spec.updateStrategy.rollingUpdate';
  const errors = validateNonNegative(rolling.partition, `${path}.partition`);
  const { maxUnavailable } = rolling;
  if (maxUnavailable === undefined) return errors;
  errors.push(...validateIntOrPercent(maxUnavailable, `${path}.maxUnavailable`));
  if (asNumber(maxUnavailable) === 0)
    errors.push(field.invalid(`${path}.maxUnavailable`, maxUnavailable, 'cannot be 0'));
  if (percentage(maxUnavailable) > 100)
    errors.push(field.invalid(`${path}.maxUnavailable`, maxUnavailable, 'must not be greater than 100%'));
  return errors;
}

function validateUpdateStrategy({ type, rollingUpdate }: NonNullable<Spec['updateStrategy']>): FieldError[] {
  const path = 'spec.updateStrategy';
  switch (type) {
    case undefined:
    case '':
      return [field.required(path)];
    case 'OnDelete':
      return rollingUpdate
        ? [field.invalid(`${path}.rollingUpdate`, rollingUpdate, `only allowed for updateStrategy 'RollingUpdate'`)]
        : [];
    case 'RollingUpdate':
      return validateRollingUpdate(rollingUpdate);
    default:
      return [field.invalid(path, { type, rollingUpdate }, `must be 'RollingUpdate' or 'OnDelete'`)];
  }
}

function validateRetention(policy: Spec['persistentVolumeClaimRetentionPolicy']): FieldError[] {
  if (!policy) return [];
  return (['whenDeleted', 'whenScaled'] as const).flatMap((name) =>
    retentions.includes(policy[name] ?? '')
      ? []
      : [field.notSupported(`spec.persistentVolumeClaimRetentionPolicy.${name}`, policy[name] ?? '', retentions)],
  );
}

export function validateStatefulSet({ spec }: StatefulSet): FieldError[] {
  if (!spec) return [field.required('spec')];
  return [
    ...validateManagementPolicy(spec.podManagementPolicy),
    ...validateUpdateStrategy(spec.updateStrategy ?? {}),
    ...validateRetention(spec.persistentVolumeClaimRetentionPolicy),
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNonNegative(spec.ordinals?.start, 'spec.ordinals.start'),
    ...validateSelector(spec.selector, 'empty selector is invalid for statefulset'),
    ...validateWorkloadTemplate({ ...spec, replicas: 0 }, 'StatefulSet'),
    ...validateNonNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  ];
}

const mutable = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export function validateStatefulSetUpdate(statefulSet: StatefulSet, old: Readonly<StatefulSet>): FieldError[] {
  const errors = validateStatefulSet(statefulSet);
  const rest = { ...statefulSet.spec } as Partial<Spec>;
  for (const name of mutable) rest[name] = old.spec?.[name] as never;
  if (!semanticEqual(rest, old.spec)) {
    errors.push(
      field.forbidden(
        'spec',
        "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ),
    );
  }
  return errors;
}

export function validateStatefulSetStatus({ status }: StatefulSet, old: Readonly<StatefulSet>): FieldError[] {
  if (!status) return [];
  const counts = ['replicas', 'readyReplicas', 'currentReplicas', 'updatedReplicas', 'availableReplicas'] as const;
  const errors = [...counts, 'observedGeneration' as const, 'collisionCount' as const].flatMap((name) =>
    validateNonNegative(status[name], `status.${name}`),
  );
  for (const name of counts.slice(1))
    if ((status[name] ?? 0) > status.replicas)
      errors.push(field.invalid(`status.${name}`, status[name], 'cannot be greater than status.replicas'));
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    const message = 'cannot be greater than status.readyReplicas';
    errors.push(field.invalid('status.availableReplicas', status.availableReplicas, message));
  }
  if ((status.collisionCount ?? 0) < (old.status?.collisionCount ?? 0))
    errors.push(field.invalid('status.collisionCount', status.collisionCount ?? 0, 'cannot be decremented'));
  return errors;
}
