import { metrics } from '@nestor/telemetry';
import type { Exchange } from './exchange';

const labels = ['verb', 'group', 'version', 'resource', 'subresource', 'code'] as const;
const total = metrics.counter('apiserver_request_total', 'Requests by verb, resource and code.', labels);
const duration = metrics.histogram(
  'apiserver_request_duration_seconds',
  'Response latency; watches are left out.',
  ['verb', 'resource'],
  [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
);
export const inFlight = metrics.gauge(
  'apiserver_current_inflight_requests',
  'Requests being served, watches included.',
);

export function observeRequest({ info, response }: Exchange, milliseconds: number): void {
  const { verb, group, version, resource, subresource } = info;
  // A path of no resource is the client's text: it must not become a label.
  const shown =
    info.isResource && response.statusCode !== 404
      ? { group, version, resource, subresource }
      : { group: '', version: '', resource: '', subresource: '' };
  total.inc({ verb, ...shown, code: String(response.statusCode) });
  if (verb !== 'watch') duration.observe({ verb, resource: shown.resource }, milliseconds / 1000);
}
