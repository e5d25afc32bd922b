import type { FieldError } from '../errors/field-error';
import type { ResourceClaim } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateImmutable } from '../validation/checks';
import { dropDeallocatedDevices, validateClaimStatus } from './claim-status-validation';
import { validateDeviceClaim } from './device-claim-validation';
import { setRequestDefaults } from './device-defaults';

function validateUpdate(claim: ResourceClaim, old: ResourceClaim, { subresource }: StrategyContext): FieldError[] {
  return subresource === 'status' ? validateClaimStatus(claim, old) : validateImmutable(claim.spec, old.spec, 'spec');
}

function state({ metadata, status }: ResourceClaim): string {
  const states: string[] = metadata.deletionTimestamp ? ['deleted'] : [];
  if (status?.allocation) states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []));
  else if (!metadata.deletionTimestamp) states.push('pending');
  return states.join(',');
}

export const resourceClaimDefinition = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceClaim',
  plural: 'resourceclaims',
  namespaced: true,
  definition: 'io.k8s.api.resource.v1.ResourceClaim',
  hasStatus: true,
  strategy: {
    setDefaults: ({ spec }: ResourceClaim) => setRequestDefaults(spec?.devices),
    prepareForCreate: (claim: ResourceClaim) => void (claim.status = {}),
    prepareForUpdate: (claim: ResourceClaim, old: ResourceClaim, { subresource }: StrategyContext) => {
      if (subresource === 'status') dropDeallocatedDevices(claim, old);
    },
    validate: ({ spec }: ResourceClaim) => validateDeviceClaim(spec.devices ?? {}, 'spec.devices'),
    validateUpdate,
  },
  columns: [
    nameColumn,
    column('State', 'string', 'A summary of the current state (allocated, pending, reserved, etc.).'),
    ageColumn,
  ],
  cells: (claim: ResourceClaim, now: Date) => [claim.metadata.name, state(claim), age(claim, now)],
});
