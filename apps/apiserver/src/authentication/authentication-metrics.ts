import type { TokenUse } from '@nestor/auth';
import { metrics } from '@nestor/telemetry';
import { outcomeMetrics } from '../http/outcome-metrics';

type Result = 'success' | 'failure' | 'error';

const users = metrics.counter(
  'authenticated_user_requests',
  'Counter of authenticated requests broken out by username.',
  ['username'],
);
const observe = outcomeMetrics<Result>(['success', 'failure', 'error'], {
  attempts: ['authentication_attempts', 'Counter of authenticated attempts.'],
  duration: ['authentication_duration_seconds', 'Authentication duration in seconds broken out by result.'],
});
const day = 86_400;
export const certificateExpiration = metrics.histogram(
  'apiserver_client_certificate_expiration_seconds',
  'Distribution of the remaining lifetime on the certificate used to authenticate a request.',
  [],
  [0, 1800, 3600, 7200, 21_600, 43_200, ...[1, 2, 4, 7, 30, 90, 180, 360].map((days) => days * day)],
);

const known = new Set(['admin', 'client', 'kube_proxy', 'kubelet', 'system:serviceaccount:kube-system:default']);
const byUser = new Map<string, ReturnType<typeof users.labels>>();

export function observeAuthentication(result: Result, milliseconds: number): void {
  observe(result, milliseconds / 1000);
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
