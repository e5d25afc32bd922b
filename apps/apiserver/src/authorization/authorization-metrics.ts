import type { Decision } from '@nestor/auth';
import { metrics } from '@nestor/telemetry';

const attempts = metrics.counter(
  'authorization_attempts_total',
  "Counter of authorization attempts broken down by result. It can be either 'allowed', 'denied', 'no-opinion' or 'error'.",
  ['result'],
);
const duration = metrics.histogram(
  'authorization_duration_seconds',
  'Authorization duration in seconds broken out by result.',
  ['result'],
  Array.from({ length: 15 }, (_, power) => 0.001 * 2 ** power),
);

// Finding a series by its labels costs more than counting.
const seriesOf = (result: string) => ({ count: attempts.labels({ result }), time: duration.labels({ result }) });
const series: Readonly<Record<Decision['decision'] | 'error', ReturnType<typeof seriesOf>>> = {
  allow: seriesOf('allowed'),
  deny: seriesOf('denied'),
  noOpinion: seriesOf('no-opinion'),
  error: seriesOf('error'),
};

/** Of one request; `started` as performance.now() had it. */
export function observeAuthorization({ decision, error }: Decision, started: number): void {
  const { count, time } = series[decision !== 'allow' && error ? 'error' : decision];
  count.inc();
  time.observe((performance.now() - started) / 1000);
}
