import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ReplicaSet } from '../meta/json-types';
import { validateImmutable, validateNonNegative } from '../validation/checks';
import { validateSelector, validateWorkloadTemplate } from './pod-template-validation';

export function validateReplicaSet({ spec }: ReplicaSet): FieldError[] {
  if (!spec) return [field.required('spec')];
  return [
    ...validateNonNegative(spec.replicas, 'spec.replicas'),
    ...validateNonNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateSelector(spec.selector, 'empty selector is invalid for deployment'),
    ...validateWorkloadTemplate(spec),
  ];
}

export function validateReplicaSetUpdate(replicaSet: ReplicaSet, old: Readonly<ReplicaSet>): FieldError[] {
  return [
    ...validateReplicaSet(replicaSet),
    ...validateImmutable(replicaSet.spec?.selector, old.spec?.selector, 'spec.selector'),
  ];
}

export function validateReplicaSetStatus({ status }: ReplicaSet): FieldError[] {
  if (!status) return [];
  const counts = [
    'replicas',
    'fullyLabeledReplicas',
    'readyReplicas',
    'availableReplicas',
    'observedGeneration',
  ] as const;
  const errors = counts.flatMap((name) => validateNonNegative(status[name], `status.${name}`));
  for (const name of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    if ((status[name] ?? 0) > status.replicas) {
      errors.push(field.invalid(`status.${name}`, status[name], 'cannot be greater than status.replicas'));
    }
  }
  if ((status.availableReplicas ?? 0) > (status.readyReplicas ?? 0)) {
    errors.push(
      field.invalid('status.availableReplicas', status.availableReplicas, 'cannot be greater than readyReplicas'),
    );
  }
  return errors;
}
