import { metrics } from '@nestor/telemetry';
import type { Exchange } from './exchange';
import type { RequestInfo } from './request-info';

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

interface Series {
  requests: ReturnType<typeof total.labels>;
  seconds: ReturnType<typeof duration.labels>;
}

/** Finding a series by its labels costs more than counting, and the resources are few. */
const known = new Map<string, Series>();

export function observeRequest({ info, response }: Exchange, milliseconds: number): void {
  const { requests, seconds } = seriesFor(info, response.statusCode);
  requests.inc();
  if (info.verb !== 'watch') seconds.observe(milliseconds / 1000);
}

const hidden: ReadonlySet<number> = new Set([401, 403, 404]);

function seriesFor(info: RequestInfo, statusCode: number): Series {
  const { verb, group, version, resource, subresource, isResource } = info;
  // What names no resource for sure is the client's text: it must not become a label.
  if (!isResource || hidden.has(statusCode))
    return open({ verb, group: '', version: '', resource: '', subresource: '' }, statusCode);
  const key = `${verb} ${statusCode} ${resource} ${subresource} ${version} ${group}`;
  let series = known.get(key);
  if (!series) known.set(key, (series = open({ verb, group, version, resource, subresource }, statusCode)));
  return series;
}

function open(
  shown: Pick<RequestInfo, 'verb' | 'group' | 'version' | 'resource' | 'subresource'>,
  statusCode: number,
): Series {
  const { verb, resource } = shown;
  return {
    requests: total.labels({ ...shown, code: String(statusCode) }),
    seconds: duration.labels({ verb, resource }),
  };
}
