import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Lease } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { validateNonNegative } from '../validation/checks';

function validate(lease: Lease): FieldError[] {
  const spec = lease.spec ?? {};
  const errors: FieldError[] = [];
  const { leaseDurationSeconds: duration } = spec;
  if (duration !== undefined && duration !== null && duration <= 0) {
    errors.push(field.invalid('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
  }
  errors.push(...validateNonNegative(spec.leaseTransitions, 'spec.leaseTransitions'));
  if (spec.strategy && spec.preferredHolder === '') {
    errors.push(field.invalid('spec.preferredHolder', spec.preferredHolder, 'must not be empty'));
  }
  return errors;
}

export const leaseDefinition = defineKind({
  group: 'coordination.k8s.io',
  version: 'v1',
  kind: 'Lease',
  plural: 'leases',
  namespaced: true,
  definition: 'io.k8s.api.coordination.v1.Lease',
  strategy: { allowCreateOnUpdate: true, validate, validateUpdate: validate },
  columns: [nameColumn, column('Holder'), ageColumn],
  cells: (lease: Lease, now: Date) => [lease.metadata.name, lease.spec?.holderIdentity ?? '', age(lease, now)],
});
