import { claimFinalizer, type DeepReadonly, type ResourceClaim } from '@nestor/api';

type Status = NonNullable<ResourceClaim['status']>;

export interface ClaimPlan {
  /** The status to write, first of all. */
  status?: Status;
  /** The finalizers to write then. */
  finalizers?: string[];
  /** Nobody will want the claim any more. */
  remove?: boolean;
}

export interface ClaimObservation {
  claim: DeepReadonly<ResourceClaim>;
  /** Uids of the pods in reservedFor that will not run, or no more. */
  gone: ReadonlySet<string>;
  /** The pod that it was generated for is there and will not run, or another has taken its name. */
  ownerIsDone: boolean;
}

/**
 * Reservations of pods that are gone end. With the last one the allocation ends as well: the next pod may be better
 * off with other devices. A claim that was allocated but never used stays so, unless it is deleted.
 */
export function planClaim({ claim, gone, ownerIsDone }: ClaimObservation): ClaimPlan {
  const { finalizers = [], deletionTimestamp } = claim.metadata;
  const status = (claim.status ?? {}) as Status;
  const reserved = status.reservedFor ?? [];
  const valid = reserved.filter(({ uid }) => !gone.has(uid));
  if (valid.length > 0) return valid.length < reserved.length ? { status: { ...status, reservedFor: valid } } : {};
  const isProtected = finalizers.includes(claimFinalizer);
  const ends = isProtected && (reserved.length > 0 || deletionTimestamp !== undefined);
  const changes = reserved.length > 0 || (ends && status.allocation !== undefined);
  return {
    ...(changes && { status: released(status, isProtected) }),
    ...(ends && { finalizers: finalizers.filter((one) => one !== claimFinalizer) }),
    ...(ownerIsDone && !deletionTimestamp && { remove: true }),
  };
}

function released(status: Status, isProtected: boolean): Status {
  const next = { ...status };
  delete next.reservedFor;
  // Without the finalizer somebody else has allocated it.
  if (isProtected) delete next.allocation;
  return next;
}
