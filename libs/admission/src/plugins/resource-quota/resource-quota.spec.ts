import { conflict, resourceListOf, type DeepReadonly, type ResourceQuota } from '@nestor/api';
import type { AdmissionRequest } from '../../admission-plugin';
import type { LimitedResource } from './quota-check';
import type { QuotaStore } from './quota-ledger';
import { ResourceQuotaPlugin } from './resource-quota.plugin';

/** A store that others write to as well: every so often a write comes too late. */
class MemoryStore implements QuotaStore {
  writes = 0;
  constructor(
    readonly stored: ResourceQuota[],
    private readonly lateEvery = 0,
  ) {}
  quotas(): Promise<readonly DeepReadonly<ResourceQuota>[]> {
    return Promise.resolve(structuredClone(this.stored));
  }
  async charge({ metadata }: DeepReadonly<ResourceQuota>, used: Parameters<QuotaStore['charge']>[1]): Promise<void> {
    await Promise.resolve();
    const quota = this.stored.find((one) => one.metadata.name === metadata.name)!;
    this.writes++;
    const isLate = this.lateEvery > 0 && this.writes % this.lateEvery === 0;
    if (isLate) quota.metadata.resourceVersion = String(Number(quota.metadata.resourceVersion) + 1);
    if (quota.metadata.resourceVersion !== metadata.resourceVersion) {
      throw conflict({ group: '', resource: 'resourcequotas' }, metadata.name ?? '', 'late');
    }
    quota.metadata.resourceVersion = String(Number(quota.metadata.resourceVersion) + 1);
    quota.status = { ...quota.status, used: resourceListOf(used) };
  }
}

const quota = (name: string, hard: Record<string, string>, used: Record<string, string>, spec = {}): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace: 'ns', resourceVersion: '1' },
  spec: { hard, ...spec },
  status: { hard, used },
});
const request = (resource: string, object: object, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource,
  subresource: '',
  kind: 'X',
  namespace: 'ns',
  name: 'x',
  namespaced: true,
  object: { apiVersion: 'v1', kind: 'X', metadata: { name: 'x' }, ...object },
  user: { name: 'u', groups: [] },
  dryRun: false,
  warn: () => undefined,
  ...more,
});
const pod = (requests?: object, limits?: object, more: object = {}) =>
  request('pods', { spec: { containers: [{ name: 'c', image: 'i', resources: { requests, limits } }], ...more } });
async function outcome(store: QuotaStore, asked: AdmissionRequest, limited?: LimitedResource[]): Promise<string> {
  const plugin = new ResourceQuotaPlugin(store, limited);
  if (!plugin.handles(asked)) return 'not asked';
  return plugin.validate(asked).then(
    () => '',
    (error: Error) => error.message.replace(/^[\w.]+ "x" is forbidden: /, ''),
  );
}

describe('ResourceQuota', () => {
  it('charges what fits and refuses what does not', async () => {
    const store = new MemoryStore([
      quota('q', { pods: '2', 'requests.cpu': '1' }, { pods: '1', 'requests.cpu': '200m' }),
    ]);
    expect(await outcome(store, pod({ cpu: '900m' }))).toBe(
      'exceeded quota: q, requested: requests.cpu=900m, used: requests.cpu=200m, limited: requests.cpu=1',
    );
    expect(await outcome(store, pod({ cpu: '800m' }))).toBe('');
    expect(store.stored[0]?.status?.used).toEqual({ pods: '2', 'requests.cpu': '1' });
    expect(await outcome(store, pod({ cpu: '0' }))).toBe(
      'exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2',
    );
  });

  it.each<[string, ResourceQuota, AdmissionRequest, string]>([
    [
      'a pod that does not say',
      quota('q', { 'limits.cpu': '1', memory: '1Gi' }, { 'limits.cpu': '0', memory: '0' }),
      pod({ cpu: '1' }),
      'failed quota: q: must specify limits.cpu for: c; memory for: c',
    ],
    ['not counted yet', quota('q', { pods: '1' }, {}), pod(), 'status unknown for quota: q, resources: pods'],
    ['another scope', quota('q', { pods: '0' }, { pods: '0' }, { scopes: ['Terminating'] }), pod(), ''],
    [
      'its scope',
      quota('q', { pods: '0' }, { pods: '0' }, { scopes: ['Terminating'] }),
      pod({}, {}, { activeDeadlineSeconds: 1 }),
      'exceeded quota: q, requested: pods=1, used: pods=0, limited: pods=0',
    ],
    [
      'objects of any kind',
      quota('q', { 'count/deployments.apps': '1' }, { 'count/deployments.apps': '1' }),
      request('deployments', {}, { group: 'apps' }),
      'exceeded quota: q, requested: count/deployments.apps=1, used: count/deployments.apps=1, limited: count/deployments.apps=1',
    ],
    [
      'devices',
      quota('q', { 'requests.example.com/gpu': '1' }, { 'requests.example.com/gpu': '0' }),
      pod({ 'example.com/gpu': '2' }, { 'example.com/gpu': '2' }),
      'exceeded quota: q, requested: requests.example.com/gpu=2, used: requests.example.com/gpu=0, limited: requests.example.com/gpu=1',
    ],
    ['events', quota('q', { 'count/events': '0' }, { 'count/events': '0' }), request('events', {}), ''],
  ])('%s', async (_name, stored, asked, message) =>
    expect(await outcome(new MemoryStore([stored]), asked)).toBe(message),
  );

  it('charges an update what it takes more', async () => {
    const hard = { 'services.nodeports': '3', services: '1' };
    const store = new MemoryStore([quota('q', hard, { 'services.nodeports': '1', services: '1' })]);
    const service = (ports: number) => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'x' },
      spec: { type: 'NodePort', ports: Array.from({ length: ports }, (_, port) => ({ port })) },
    });
    const update = (ports: number) => request('services', service(ports), { operation: 'UPDATE', old: service(1) });
    expect(await outcome(store, update(3))).toBe('');
    expect(store.stored[0]?.status?.used).toEqual({ 'services.nodeports': '3', services: '1' });
    expect(await outcome(store, update(2))).toContain('exceeded quota: q, requested: services.nodeports=1');
    expect(await outcome(store, update(1))).toBe('');
  });

  it('only looks in a dry run', async () => {
    const store = new MemoryStore([quota('q', { pods: '1' }, { pods: '0' })]);
    expect(await outcome(store, { ...pod(), dryRun: true })).toBe('');
    expect(store.writes).toBe(0);
  });

  it('is exact when many come at once, in few writes, though others write too', async () => {
    const store = new MemoryStore([quota('q', { pods: '40' }, { pods: '0' })], 3);
    const plugins = [new ResourceQuotaPlugin(store), new ResourceQuotaPlugin(store)];
    const outcomes = await Promise.allSettled(
      Array.from({ length: 64 }, (_, index) => plugins[index % 2]!.validate(pod())),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(40);
    expect(store.stored[0]?.status?.used).toEqual({ pods: '40' });
    expect(store.writes).toBeLessThan(20);
  });

  it('wants a quota for what is limited by configuration', async () => {
    const limited: LimitedResource[] = [
      {
        resource: 'pods',
        matchContains: ['gpu'],
        matchScopes: [{ scopeName: 'PriorityClass', operator: 'In', values: ['high'] }],
      },
    ];
    const none = new MemoryStore([]);
    expect(await outcome(none, pod({ 'example.com/gpu': '1' }, { 'example.com/gpu': '1' }), limited)).toBe(
      'insufficient quota to consume: requests.example.com/gpu',
    );
    expect(await outcome(none, pod({}, {}, { priorityClassName: 'high' }), limited)).toBe(
      'insufficient quota to match these scopes: [{PriorityClass In [high]}]',
    );
    expect(await outcome(none, pod(), limited)).toBe('');
  });
});
