import type { ApiObject } from '../meta/json-types';
import { calculateUsage, resourceListOf, usageEvaluatorOf } from '.';

const now = new Date('2026-01-01T00:00:00Z');
const used = (resource: string, spec: object, ...objects: object[]) =>
  resourceListOf(calculateUsage(spec, [usageEvaluatorOf(resource)!], () => objects as ApiObject[], now));
const selector = (scopeName: string, operator: string, ...values: string[]) => ({
  scopeSelector: { matchExpressions: [{ scopeName, operator, values }] },
});

const container = (requests?: object, limits?: object) => ({ name: 'c', image: 'i', resources: { requests, limits } });
const pod = (spec: object = {}, status: object = {}, metadata: object = {}) => ({
  metadata: { name: 'p', ...metadata },
  spec: { containers: [container()], ...spec },
  status,
});
const busy = pod({
  containers: [
    container(
      { cpu: '250m', memory: '64Mi', 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2' },
      { cpu: '1', 'hugepages-2Mi': '4Mi', 'example.com/gpu': '2' },
    ),
  ],
  overhead: { cpu: '50m' },
});
const computeNames = ['cpu', 'requests.cpu', 'limits.cpu', 'memory', 'pods', 'count/pods', 'hugepages-2Mi'];
const hard = (...names: string[]) => ({ hard: Object.fromEntries(names.map((name) => [name, '10'])) });

describe('pods', () => {
  it('count what they ask for and what they may use', () => {
    expect(used('pods', hard(...computeNames, 'requests.hugepages-2Mi', 'requests.example.com/gpu'), busy)).toEqual({
      cpu: '300m',
      'requests.cpu': '300m',
      'limits.cpu': '1050m',
      memory: '64Mi',
      pods: '1',
      'count/pods': '1',
      'hugepages-2Mi': '4Mi',
      'requests.hugepages-2Mi': '4Mi',
      'requests.example.com/gpu': '2',
    });
  });
  it('are only objects once they have ended', () => {
    const ended = pod(busy.spec, { phase: 'Failed' });
    const overdue = pod(
      busy.spec,
      {},
      {
        deletionTimestamp: '2025-12-31T23:59:00Z',
        deletionGracePeriodSeconds: 30,
      },
    );
    expect(used('pods', hard('cpu', 'pods', 'count/pods'), ended, overdue)).toEqual({
      cpu: '0',
      pods: '0',
      'count/pods': '2',
    });
  });

  const high = pod({ priorityClassName: 'high' });
  const timed = pod({ activeDeadlineSeconds: 1 });
  const abroad = pod({
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['b'], topologyKey: 'k' }] },
    },
  });
  it.each<[string, object, string]>([
    ['no scope', {}, '4'],
    ['best effort', { scopes: ['BestEffort'] }, '3'],
    ['not best effort', { scopes: ['NotBestEffort'] }, '1'],
    ['terminating', { scopes: ['Terminating'] }, '1'],
    ['not terminating', { scopes: ['NotTerminating'] }, '3'],
    ['two scopes', { scopes: ['NotTerminating', 'BestEffort'] }, '2'],
    ['affinity abroad', { scopes: ['CrossNamespacePodAffinity'] }, '1'],
    ['some class', { scopes: ['PriorityClass'] }, '1'],
    ['class in', selector('PriorityClass', 'In', 'high', 'low'), '1'],
    ['class not in', selector('PriorityClass', 'NotIn', 'high'), '3'],
    ['no class', selector('PriorityClass', 'DoesNotExist'), '3'],
  ])('%s', (_name, scopes, count) => {
    expect(used('pods', { ...hard('pods'), ...scopes }, busy, high, timed, abroad)).toEqual({ pods: count });
  });
});

describe('services', () => {
  const service = (spec: object) => ({ metadata: { name: 's' }, spec: { ports: [{ port: 1 }, { port: 2 }], ...spec } });
  const names = hard('services', 'services.nodeports', 'services.loadbalancers');
  it.each<[object, string[]]>([
    [{ type: 'ClusterIP' }, ['1', '0', '0']],
    [{ type: 'NodePort' }, ['1', '2', '0']],
    [{ type: 'LoadBalancer' }, ['1', '2', '1']],
    [{ type: 'LoadBalancer', allocateLoadBalancerNodePorts: false }, ['1', '0', '1']],
    [
      { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 1, nodePort: 30000 }] },
      ['1', '1', '1'],
    ],
  ])('%j', (spec, amounts) => expect(Object.values(used('services', names, service(spec)))).toEqual(amounts));
});

describe('claims', () => {
  const claim = (more: object = {}, status: object = {}) => ({
    metadata: { name: 'c' },
    spec: { resources: { requests: { storage: '1Gi' } }, ...more },
    status,
  });
  it('count by class as well', () => {
    const names = hard(
      'persistentvolumeclaims',
      'requests.storage',
      'gold.storageclass.storage.k8s.io/requests.storage',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims',
    );
    const growing = claim({ storageClassName: 'gold' }, { allocatedResources: { storage: '3Gi' } });
    expect(used('persistentvolumeclaims', names, claim(), growing)).toEqual({
      persistentvolumeclaims: '2',
      'requests.storage': '4Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '3Gi',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
    });
  });
  it('know attribute classes', () => {
    const scoped = { ...hard('persistentvolumeclaims'), ...selector('VolumeAttributesClass', 'In', 'fast') };
    const changing = claim({}, { modifyVolumeStatus: { targetVolumeAttributesClassName: 'fast' } });
    expect(used('persistentvolumeclaims', scoped, claim(), changing)).toEqual({ persistentvolumeclaims: '1' });
  });
});

describe('everything else', () => {
  it('counts by its resource, the old ones by their bare names too', () => {
    const names = hard('configmaps', 'count/configmaps', 'count/widgets.example.com');
    expect(used('configmaps', names, {}, {})).toEqual({ configmaps: '2', 'count/configmaps': '2' });
    expect(used('widgets.example.com', names, {})).toEqual({ 'count/widgets.example.com': '1' });
  });
  it('is in no scope', () =>
    expect(used('configmaps', { ...hard('configmaps'), scopes: ['BestEffort'] }, {})).toEqual({ configmaps: '0' }));
  it('leaves events out', () => expect(usageEvaluatorOf('events')).toBeUndefined());
});
