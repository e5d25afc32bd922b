import { extendedResourceAnnotation, podClaimAnnotation, type DeepReadonly, type ResourceClaim } from '@nestor/api';
import { metrics } from '@nestor/telemetry';

type Claim = DeepReadonly<ResourceClaim>;

const creates = metrics.counter(
  'dynamic_resource_allocation_resourceclaim_creates_total',
  'Number of ResourceClaims creation requests, categorized by creation status and admin access',
  ['status', 'admin_access'],
);
const claims = metrics.gauge(
  'dynamic_resource_allocation_resource_claims',
  'Number of ResourceClaims, categorized by allocation status, admin access, and source',
  ['allocated', 'admin_access', 'source'],
);

const hasAdminAccess = ({ spec }: Pick<Claim, 'spec'>): boolean =>
  spec.devices?.requests?.some(({ exactly }) => exactly?.adminAccess === true) ?? false;

export function countCreate(claim: Pick<Claim, 'spec'>, status: 'success' | 'failure'): void {
  creates.inc({ status, admin_access: String(hasAdminAccess(claim)) });
}

function labelsOf(claim: Claim) {
  const { annotations = {} } = claim.metadata;
  const source =
    podClaimAnnotation in annotations
      ? 'resource_claim_template'
      : annotations[extendedResourceAnnotation] === 'true'
        ? 'extended_resource'
        : '';
  return {
    allocated: String(claim.status?.allocation !== undefined),
    admin_access: String(hasAdminAccess(claim)),
    source,
  };
}

export const claimCounts = {
  reset: (): void => claims.reset(),
  added: (claim: Claim): void => claims.inc(labelsOf(claim)),
  updated: (claim: Claim, old: Claim): void => {
    claims.dec(labelsOf(old));
    claims.inc(labelsOf(claim));
  },
  deleted: (claim: Claim): void => claims.dec(labelsOf(claim)),
};
