import type { Decision } from '@nestor/auth';
import { outcomeMetrics } from '../http/outcome-metrics';

const observe = outcomeMetrics(['allowed', 'denied', 'no-opinion', 'error'], {
  attempts: [
    'authorization_attempts_total',
    "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.",
  ],
  duration: ['authorization_duration_seconds', 'Authorization duration in seconds broken out by result.'],
});
const results = { allow: 'allowed', deny: 'denied', noOpinion: 'no-opinion' } as const;

/** Of one request; `started` as performance.now() had it. */
export function observeAuthorization({ decision, error }: Decision, started: number): void {
  const result = decision !== 'allow' && error ? 'error' : results[decision];
  observe(result, (performance.now() - started) / 1000);
}
