import { metrics } from '@nestor/telemetry';

const prefix = 'apiserver_authorization_webhook';

/** Every round-trip; what came of it: success, timeout or error. */
export const evaluations = metrics.counter(`${prefix}_evaluations_total`, 'Round-trips to authorization webhooks.', [
  'name',
  'result',
]);
export const duration = metrics.histogram(
  `${prefix}_duration_seconds`,
  'Request latency in seconds.',
  ['name', 'result'],
  [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
);
export const failOpen = metrics.counter(
  `${prefix}_evaluations_fail_open_total`,
  'NoOpinion results due to webhook timeout or error.',
  ['name', 'result'],
);
