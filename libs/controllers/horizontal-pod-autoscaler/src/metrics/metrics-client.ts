import { goDurationMs, quantityMilliValue, reasonOf } from '@nestor/api';
import type { DiscoveredResource, KubernetesClient } from '@nestor/client';
import type { PodMetrics } from './metrics';

const defaultWindowMs = 60_000;
/** How long the version that custom metrics are served at is taken for granted. */
const versionMs = 30_000;

interface PodMetricsItem {
  metadata: { name: string; namespace?: string };
  timestamp?: string;
  window?: string;
  containers?: { name: string; usage?: Record<string, string> }[];
}

interface MetricValue {
  describedObject?: { name?: string };
  timestamp?: string;
  windowSeconds?: number;
  value: string;
}

interface List<T> {
  items?: T[] | null;
}

export interface DescribedObject {
  kind: string;
  name: string;
  apiVersion?: string;
}

/** Reads what metrics.k8s.io, custom.metrics.k8s.io and external.metrics.k8s.io say; served by whoever is registered. */
export class MetricsClient {
  private customVersion = { version: 'v1beta1', asked: -Infinity };
  constructor(private readonly client: KubernetesClient) {}

  /** Usage of a resource by pod: of all containers together or, with a name, of that one. */
  async resource(namespace: string, selector: string, resource: string, container = ''): Promise<PodMetrics> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${namespace}/pods${query({ labelSelector: selector })}`;
    const failed = 'unable to fetch metrics from resource metrics API';
    const items = await this.list<PodMetricsItem>(path, { what: 'get pods.metrics.k8s.io', failed });
    if (items.length === 0) throw new Error('no metrics returned from resource metrics API');
    const metrics: PodMetrics = new Map();
    for (const item of items) {
      const value = container ? containerUsage(item, resource, container) : podUsage(item, resource);
      if (value === undefined) continue;
      const timestamp = Date.parse(item.timestamp ?? '');
      metrics.set(item.metadata.name, { value, timestamp, windowMs: goDurationMs(item.window ?? '') ?? 0 });
    }
    return metrics;
  }

  async pods(namespace: string, metric: string, selectors: { pods: string; metric: string }): Promise<PodMetrics> {
    const { pods: labelSelector, metric: metricLabelSelector } = selectors;
    const parameters = query({ labelSelector, metricLabelSelector });
    const items = await this.custom(`namespaces/${namespace}/pods/*/${encodeURIComponent(metric)}${parameters}`);
    if (items.length === 0) throw new Error('no metrics returned from custom metrics API');
    return new Map(
      items.map((item) => {
        const { timestamp, windowSeconds } = item;
        const windowMs = windowSeconds === undefined ? defaultWindowMs : windowSeconds * 1000;
        const sample = { value: quantityMilliValue(item.value), timestamp: Date.parse(timestamp ?? ''), windowMs };
        return [item.describedObject?.name ?? '', sample];
      }),
    );
  }

  /** One value, in thousandths, of one object. */
  async object(
    namespace: string,
    object: DescribedObject,
    metric: { name: string; selector: string },
  ): Promise<number> {
    const parameters = query({ metricLabelSelector: metric.selector });
    const name = encodeURIComponent(metric.name);
    const path =
      object.kind === 'Namespace' && groupOf(object.apiVersion) === ''
        ? `namespaces/${encodeURIComponent(object.name)}/metrics/${name}`
        : `namespaces/${namespace}/${await this.resourceName(object)}/${encodeURIComponent(object.name)}/${name}`;
    const [first] = await this.custom(`${path}${parameters}`);
    if (!first) throw new Error('unable to fetch metrics from custom metrics API: no value returned');
    return quantityMilliValue(first.value);
  }

  async external(namespace: string, metric: string, labelSelector: string): Promise<number[]> {
    const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${namespace}/${encodeURIComponent(metric)}`;
    const failed = 'unable to fetch metrics from external metrics API';
    const what = `get ${metric}.external.metrics.k8s.io`;
    const items = await this.list<MetricValue>(`${path}${query({ labelSelector })}`, { what, failed });
    if (items.length === 0) throw new Error('no metrics returned from external metrics API');
    return items.map(({ value }) => quantityMilliValue(value));
  }

  private async custom(path: string): Promise<MetricValue[]> {
    const version = await this.servedCustomVersion();
    return this.list(`/apis/custom.metrics.k8s.io/${version}/${path}`, {
      what: `get ${path.replace(/[?].*/, '').split('/').at(-1)}.custom.metrics.k8s.io`,
      failed: 'unable to fetch metrics from custom metrics API',
    });
  }

  private async servedCustomVersion(): Promise<string> {
    if (Date.now() - this.customVersion.asked < versionMs) return this.customVersion.version;
    try {
      const { versions } = await this.client.raw<{ versions: { version: string }[] }>({
        method: 'GET',
        path: '/apis/custom.metrics.k8s.io',
      });
      const known = ['v1beta2', 'v1beta1'].find((one) => versions.some(({ version }) => version === one));
      this.customVersion = { version: known ?? 'v1beta1', asked: Date.now() };
    } catch {
      // Nobody serves the group: the request that follows says so.
    }
    return this.customVersion.version;
  }

  private async resourceName({ kind, apiVersion }: DescribedObject): Promise<string> {
    const group = groupOf(apiVersion);
    const isIt = (one: DiscoveredResource): boolean => one.kind === kind && one.group === group;
    const found =
      (await this.client.resources()).find(isIt) ?? (await this.client.resources({ fresh: true })).find(isIt);
    if (!found) throw new Error(`no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`);
    return group === '' ? found.plural : `${found.plural}.${group}`;
  }

  private async list<T>(path: string, { what, failed }: { what: string; failed: string }): Promise<T[]> {
    try {
      return (await this.client.raw<List<T>>({ method: 'GET', path, timeoutMs: 30_000 })).items ?? [];
    } catch (error) {
      throw new Error(`${failed}: ${describe(error, what)}`, { cause: error });
    }
  }
}

/** client-go's words where the answer itself has none: nothing is registered, or what is registered is away. */
function describe(error: unknown, what: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const isStatus = !/^(404 page not found|service unavailable|error trying to reach service.*)$/s.test(message);
  const reason = reasonOf(error);
  if (isStatus || (reason !== 'NotFound' && reason !== 'ServiceUnavailable')) return message;
  return reason === 'NotFound'
    ? `the server could not find the requested resource (${what})`
    : `the server is currently unable to handle the request (${what})`;
}

function podUsage({ containers = [] }: PodMetricsItem, resource: string): number | undefined {
  if (containers.length === 0) return undefined;
  let sum = 0;
  for (const { usage } of containers) {
    const value = usage?.[resource];
    if (value === undefined) return undefined;
    sum += quantityMilliValue(value);
  }
  return sum;
}

function containerUsage(item: PodMetricsItem, resource: string, container: string): number | undefined {
  const { metadata, containers = [] } = item;
  const found = containers.find(({ name }) => name === container);
  if (!found) {
    const where = `${metadata.namespace ?? ''}/${metadata.name}`;
    throw new Error(`failed to get container metrics: container ${container} not present in metrics for pod ${where}`);
  }
  const value = found.usage?.[resource];
  return value === undefined ? undefined : quantityMilliValue(value);
}

const groupOf = (apiVersion = ''): string => (apiVersion.includes('/') ? (apiVersion.split('/', 1)[0] ?? '') : '');

function query(parameters: Readonly<Record<string, string>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== '');
  return given.length > 0 ? `?${new URLSearchParams(given).toString()}` : '';
}
