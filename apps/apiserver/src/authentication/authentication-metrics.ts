import type { TokenUse } from '@nestor/auth';
import { metrics } from '@nestor/telemetry';

type Result = 'success' | 'failure' | 'error';

const users = metrics.counter(
  'authenticated_user_requests',
  'Counter of authenticated requests broken out by username.',
  ['username'],
);
const attempts = metrics.counter('authentication_attempts', 'Counter of authenticated attempts.', ['result']);
const duration = metrics.histogram(
  'authentication_duration_seconds',
  'Authentication duration in seconds broken out by result.',
  ['result'],
  Array.from({ length: 15 }, (_, power) => 0.001 * 2 ** power),
);
const day = 86_400;
export const certificateExpiration = metrics.histogram(
  'apiserver_client_certificate_expiration_seconds',
  'Distribution of the remaining lifetime on the certificate used to authenticate a request.',
  [],
  [0, 1800, 3600, 7200, 21_600, 43_200, ...[1, 2, 4, 7, 30, 90, 180, 360].map((days) => days * day)],
);

// Finding a series by its labels costs more than counting.
const series = new Map<Result, { count: ReturnType<typeof attempts.labels>; time: ReturnType<typeof duration.labels> }>(
  (['success', 'failure', 'error'] as const).map((result) => [
    result,
    { count: attempts.labels({ result }), time: duration.labels({ result }) },
  ]),
);
const known = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);
const byUser = new Map<string, ReturnType<typeof users.labels>>();

export function observeAuthentication(result: Result, milliseconds: number): void {
  const { count, time } = series.get(result)!;
  count.inc();
  time.observe(milliseconds / 1000);
}

/** Names are the clients' own: they become one of a few labels. */
export function countUser(name: string): void {
  const username = known.has(name) ? name : name.includes('@') ? 'email_id' : 'other';
  let found = byUser.get(username);
  if (!found) byUser.set(username, (found = users.labels({ username })));
  found.inc();
}

const tokenUses: Readonly<Record<TokenUse, string>> = {
  legacy_tokens: 'Cumulative legacy service account tokens used',
  legacy_auto_token_uses: 'Cumulative auto-generated legacy tokens used',
  legacy_manual_token_uses: 'Cumulative manually created legacy tokens used',
  invalid_legacy_auto_token_uses: 'Cumulative invalid auto-generated legacy tokens used',
  stale_tokens: 'Cumulative stale projected service account tokens used',
  valid_tokens: 'Cumulative valid projected service account tokens used',
};
const byUse = new Map(
  Object.entries(tokenUses).map(([use, help]) => [use, metrics.counter(`serviceaccount_${use}_total`, help)]),
);

export function countTokenUse(use: TokenUse): void {
  byUse.get(use)?.inc();
}
