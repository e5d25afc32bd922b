import type { DeepReadonly, Secret, ServiceAccount } from '@nestor/api';
import { belongsTo, refersTo } from './legacy-token';

export const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
export const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';

const dayMs = 86_400_000;

/** A day as labels carry it. */
export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

const isDay = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** Whether use was recorded for a whole period; the first day counts from its end. */
export const isTrackedLongEnough = (since: string | undefined, now: number, periodMs: number): boolean =>
  isDay(since) && now >= Date.parse(since) + dayMs + periodMs;

export interface ObservedToken {
  secret: DeepReadonly<Secret>;
  /** The account that the Secret names. */
  account: DeepReadonly<ServiceAccount> | undefined;
  isMounted: boolean;
}

/**
 * What becomes of a token's Secret: one that was made by itself, is not mounted and was not used for a period is
 * marked first, so that nobody gets in by it any more, and deleted after another period.
 */
export function judgeToken(
  { secret, account, isMounted }: ObservedToken,
  now: number,
  periodMs: number,
): 'keep' | 'invalidate' | 'delete' {
  const { metadata } = secret;
  const limit = now - periodMs;
  const created = new Date(metadata.creationTimestamp ?? now).getTime();
  if (created >= limit || metadata.deletionTimestamp) return 'keep';
  const { [lastUsedLabel]: lastUsed, [invalidSinceLabel]: invalidSince } = metadata.labels ?? {};
  if (lastUsed !== undefined && (!isDay(lastUsed) || lastUsed >= dayOf(limit))) return 'keep';
  // Only what the account lists was made by itself.
  if (!account || !belongsTo(secret, account) || !refersTo(account, metadata.name) || isMounted) return 'keep';
  if (!isDay(invalidSince)) return 'invalidate';
  return invalidSince >= dayOf(limit) ? 'keep' : 'delete';
}
