import {
  claimFinalizer,
  isConflict,
  isReservedFor,
  reservationFor,
  type AllocationResult,
  type DeepReadonly,
  type Pod,
  type PodStatus,
  type ResourceClaim,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { keyOfClaim, type Claim } from './allocator/wanted-devices';

/** How claims are read and written outside; what is not awaited must not throw. */
export interface ClaimWrites {
  get(claim: Claim): Promise<ResourceClaim>;
  /** The object as a whole, at the version it carries. */
  update(claim: ResourceClaim): Promise<ResourceClaim>;
  updateStatus(claim: ResourceClaim): Promise<ResourceClaim>;
  /** In the background: ends the reservation of a pod and, if asked, the allocation. */
  giveBack(claim: Claim, change: { podUid: string; deallocate: boolean }): void;
  /** A claim for resources that devices stand for, and the pod's word on which container uses which of them. */
  create(claim: ResourceClaim): Promise<ResourceClaim>;
  nameInPod(pod: DeepReadonly<Pod>, status: ExtendedClaimStatus): Promise<void>;
  /** In the background: such a claim is not needed after all. */
  remove(claim: Claim): void;
}

export type ExtendedClaimStatus = NonNullable<PodStatus['extendedResourceClaimStatus']>;

type Allocation = DeepReadonly<AllocationResult>;
const maxAttempts = 5;

const wrapped = (text: string, error: unknown): Error =>
  isConflict(error) ? (error as Error) : new Error(`${text}: ${(error as Error).message}`, { cause: error });

async function addFinalizer(claim: ResourceClaim, writes: ClaimWrites): Promise<ResourceClaim> {
  const { finalizers = [] } = claim.metadata;
  if (finalizers.includes(claimFinalizer)) return claim;
  const metadata = { ...claim.metadata, finalizers: [...finalizers, claimFinalizer] };
  return writes.update({ ...claim, metadata }).catch((error: unknown) => {
    throw wrapped(`add finalizer to claim ${keyOfClaim(claim)}`, error);
  });
}

async function write(
  claim: ResourceClaim,
  pod: DeepReadonly<Pod>,
  allocation: Allocation | undefined,
  to: ClaimWrites,
) {
  const key = keyOfClaim(claim);
  if (claim.metadata.deletionTimestamp) throw new Error(`claim ${key} got deleted in the meantime`);
  if (allocation && claim.status?.allocation) throw new Error(`claim ${key} got allocated elsewhere in the meantime`);
  if (isReservedFor(pod, claim)) return claim;
  const held = allocation ? await addFinalizer(claim, to) : claim;
  const allocationTimestamp = rfc3339();
  const status = {
    ...held.status,
    ...(allocation && { allocation: { ...(allocation as AllocationResult), allocationTimestamp } }),
    reservedFor: [...(held.status?.reservedFor ?? []), reservationFor(pod)],
  };
  return to.updateStatus({ ...held, status }).catch((error: unknown) => {
    throw wrapped(`add ${allocation ? 'allocation and ' : ''}reservation to claim ${key}`, error);
  });
}

/** Writes the allocation and the pod's reservation. Changes that others make meanwhile are looked at, then it tries again. */
export async function bindClaim(
  claim: Claim,
  pod: DeepReadonly<Pod>,
  allocation: Allocation | undefined,
  writes: ClaimWrites,
): Promise<ResourceClaim> {
  let current = claim as ResourceClaim;
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(current, pod, allocation, writes);
    } catch (error) {
      if (!isConflict(error) || attempt === maxAttempts) throw error;
      current = await writes.get(claim);
    }
  }
}
