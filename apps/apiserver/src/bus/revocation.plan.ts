import type { BoundObject } from './bound-objects';
import type { CredentialRecord } from './credential-records';

export interface RevocationPlan<R extends CredentialRecord> {
  /** By public key, the second up to which credentials are void. */
  revocations: Record<string, number>;
  /** About keys whose last credential has expired. */
  expired: R[];
}

/** What is to be revoked: every key of which something that its credentials were bound to is gone. */
export function planRevocations<R extends CredentialRecord>(
  records: readonly R[],
  stands: (bound: BoundObject) => boolean,
  now: number,
): RevocationPlan<R> {
  const revocations: Record<string, number> = {};
  const expired: R[] = [];
  for (const record of records) {
    if (record.until <= now) expired.push(record);
    else if (!record.boundTo.every(stands)) revocations[record.publicKey] = Math.ceil(record.until / 1000);
  }
  return { revocations, expired };
}
