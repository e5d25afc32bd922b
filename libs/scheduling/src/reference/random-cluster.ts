import fc from 'fast-check';
import type { Node, Pod } from '@nestor/api';
import { podVolumes, randomStorage } from './random-volumes';
import type { PlainCluster } from './reference-scheduler';

/** Few words, so that things meet. */
const apps = ['web', 'db'];
const tiers = ['x', 'y'];
const zones = ['a', 'b', 'c'];
const namespaces = { default: { team: 'red' }, other: { team: 'blue' } };
const topologyKeys = ['kubernetes.io/hostname', 'zone', 'rack'];
const images = ['busybox', 'registry:5000/app', 'nginx:1.25'];

/** There but for one time in so many. */
const maybe = <T>(arbitrary: fc.Arbitrary<T>, share = 3): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: share - 1 });
/** There one time in so many: pods that ask for everything fit nowhere, and then no score is compared. */
const rarely = <T>(arbitrary: fc.Arbitrary<T>, share = 3): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: share - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
/** Small numbers come more often than others, so that one of ten is not one time in ten. */
const oneIn = (share: number): fc.Arbitrary<boolean> =>
  fc.oneof({ weight: share - 1, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const some = <T>(arbitrary: fc.Arbitrary<T>, most = 2): fc.Arbitrary<T[]> => fc.array(arbitrary, { maxLength: most });

const podLabels = fc.record({ app: fc.constantFrom(...apps), tier: fc.constantFrom(...tiers) }, { requiredKeys: [] });

const requirement = fc.oneof(
  fc.record({
    key: fc.constantFrom('app', 'tier'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.constantFrom(['web'], ['x'], ['db', 'y']),
  }),
  fc.record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
);
const podSelector = fc.oneof(
  { weight: 5, arbitrary: fc.record({ matchLabels: podLabels }) },
  { weight: 2, arbitrary: fc.record({ matchExpressions: fc.array(requirement, { maxLength: 2 }) }) },
  { weight: 1, arbitrary: fc.constant({}) },
);

const podTerm = fc.record(
  {
    labelSelector: podSelector,
    topologyKey: fc.constantFrom(...topologyKeys),
    namespaces: fc.constantFrom(['other'], ['default', 'other']),
    namespaceSelector: fc.constantFrom({}, { matchLabels: { team: 'blue' } }),
  },
  { requiredKeys: ['labelSelector', 'topologyKey'] },
);
const podAffinity = fc.record({
  requiredDuringSchedulingIgnoredDuringExecution: some(podTerm),
  preferredDuringSchedulingIgnoredDuringExecution: some(
    fc.record({ weight: fc.integer({ min: 1, max: 100 }), podAffinityTerm: podTerm }),
  ),
});

const nodeRequirement = fc.oneof(
  fc.record({
    key: fc.constantFrom('zone', 'rack'),
    operator: fc.constantFrom('In', 'NotIn'),
    values: fc.constantFrom(['a'], ['b', 'c'], ['1']),
  }),
  fc.record({ key: fc.constantFrom('zone', 'size'), operator: fc.constantFrom('Exists', 'DoesNotExist') }),
  fc.record({
    key: fc.constant('size'),
    operator: fc.constantFrom('Gt', 'Lt'),
    values: fc.constantFrom(['1'], ['3']),
  }),
);
const nodeTerm = fc.oneof(
  { weight: 6, arbitrary: fc.record({ matchExpressions: fc.array(nodeRequirement, { minLength: 0, maxLength: 2 }) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      matchFields: fc
        .constantFrom(['n0'], ['n1', 'n2'], ['gone'])
        .map((values) => [{ key: 'metadata.name', operator: 'In', values }]),
    }),
  },
);
const nodeAffinity = fc.record(
  {
    requiredDuringSchedulingIgnoredDuringExecution: fc.record({
      nodeSelectorTerms: fc.array(nodeTerm, { minLength: 1, maxLength: 2 }),
    }),
    preferredDuringSchedulingIgnoredDuringExecution: some(
      fc.record({ weight: fc.integer({ min: 1, max: 100 }), preference: nodeTerm }),
    ),
  },
  { requiredKeys: [] },
);

const spreadConstraint = fc.record(
  {
    maxSkew: fc.integer({ min: 1, max: 3 }),
    topologyKey: fc.constantFrom(...topologyKeys),
    whenUnsatisfiable: fc.constantFrom('DoNotSchedule', 'ScheduleAnyway'),
    labelSelector: podSelector,
    matchLabelKeys: fc.constantFrom(['tier'], ['absent']),
    minDomains: fc.integer({ min: 1, max: 4 }),
    nodeAffinityPolicy: fc.constantFrom('Honor', 'Ignore'),
    nodeTaintsPolicy: fc.constantFrom('Honor', 'Ignore'),
  },
  { requiredKeys: ['maxSkew', 'topologyKey', 'whenUnsatisfiable', 'labelSelector'] },
);
const spreadConstraints = some(spreadConstraint, 3).map((list) =>
  list
    .map(({ minDomains, ...rest }) => (rest.whenUnsatisfiable === 'DoNotSchedule' ? { minDomains, ...rest } : rest))
    .filter(
      (one, at) =>
        list.findIndex(
          (other) => other.topologyKey === one.topologyKey && other.whenUnsatisfiable === one.whenUnsatisfiable,
        ) === at,
    ),
);

const toleration = fc.oneof(
  fc.record({ operator: fc.constant('Exists') }),
  fc.record(
    {
      key: fc.constantFrom('k', 'node.kubernetes.io/unschedulable'),
      operator: fc.constantFrom('Equal', 'Exists'),
      value: fc.constantFrom('v', ''),
      effect: fc.constantFrom('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
    },
    { requiredKeys: ['key'] },
  ),
);
const hostPort = fc.record(
  {
    containerPort: fc.constant(80),
    hostPort: fc.constantFrom(80, 81),
    hostIP: fc.constantFrom('10.0.0.1', '10.0.0.2', '0.0.0.0'),
    protocol: fc.constantFrom('TCP', 'UDP'),
  },
  { requiredKeys: ['containerPort', 'hostPort'] },
);
const requests = fc.record(
  {
    cpu: fc.constantFrom('100m', '500m', '1', '2'),
    memory: fc.constantFrom('64Mi', '1Gi', '3Gi'),
    'ephemeral-storage': fc.constantFrom('1Gi', '6Gi'),
    'example.com/gpu': fc.constantFrom('1', '2'),
  },
  { requiredKeys: [] },
);

const pod = (name: fc.Arbitrary<string>, node: fc.Arbitrary<string | undefined>): fc.Arbitrary<Pod> =>
  fc
    .record({
      name,
      node,
      namespace: fc.constantFrom('default', 'default', 'other'),
      labels: podLabels,
      terminating: oneIn(10),
      priority: fc.constantFrom(0, 10),
      requests: rarely(requests, 2),
      image: fc.constantFrom(...images),
      ports: rarely(some(hostPort), 4),
      nodeSelector: rarely(fc.constantFrom({ zone: 'a' }, { rack: '1' }), 6),
      tolerations: maybe(some(toleration)),
      topologySpreadConstraints: rarely(spreadConstraints),
      nodeAffinity: rarely(nodeAffinity, 4),
      podAffinity: rarely(podAffinity),
      podAntiAffinity: rarely(podAffinity),
      volumes: rarely(podVolumes, 2),
    })
    .map(({ name: own, node: nodeName, namespace, labels, terminating, requests: asked, image, ports, ...rest }) => {
      const { nodeAffinity: nodes, podAffinity: together, podAntiAffinity: apart, ...spec } = rest;
      const deletionTimestamp = nodeName !== undefined && terminating ? '2026-01-01T00:00:00Z' : undefined;
      return {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: own, namespace, uid: own, labels, deletionTimestamp },
        spec: {
          ...spec,
          nodeName,
          containers: [{ name: 'main', image, ports, resources: { requests: asked ?? {} } }],
          affinity: { nodeAffinity: nodes, podAffinity: together, podAntiAffinity: apart },
        },
      } as unknown as Pod;
    });

const taint = fc.record(
  {
    key: fc.constantFrom('k', 'other'),
    value: fc.constantFrom('v', 'w'),
    effect: fc.constantFrom('PreferNoSchedule', 'PreferNoSchedule', 'NoSchedule', 'NoExecute'),
  },
  { requiredKeys: ['key', 'effect'] },
);

const node = (name: string): fc.Arbitrary<Node> =>
  fc
    .record({
      zone: maybe(fc.constantFrom(...zones), 8),
      hasTopology: fc.boolean(),
      rack: maybe(fc.constantFrom('1', '2')),
      size: maybe(fc.constantFrom('1', '2', '4')),
      hasHostname: oneIn(10).map((absent) => !absent),
      taints: rarely(some(taint), 4),
      unschedulable: oneIn(10),
      // The first of a list comes most often.
      allocatable: fc.record({
        cpu: fc.constantFrom('4', '3500m', '1'),
        memory: fc.constantFrom('8Gi', '2Gi'),
        'ephemeral-storage': fc.constantFrom('20Gi', '4Gi'),
        'example.com/gpu': fc.constantFrom('4', '2', '0'),
        pods: fc.constantFrom('110', '110', '110', '2'),
      }),
      images: some(fc.record({ name: fc.constantFrom(...images), megabytes: fc.integer({ min: 1, max: 2000 }) }), 3),
    })
    .map(({ zone, hasTopology, rack, size, hasHostname, taints, unschedulable, allocatable, images: held }) => {
      const labels = {
        zone,
        rack,
        size,
        'kubernetes.io/hostname': hasHostname ? name : undefined,
        'topology.kubernetes.io/zone': hasTopology ? zone : undefined,
      };
      const tag = (image: string): string => (image.startsWith('nginx') ? image : `${image}:latest`);
      const distinct = held.filter(({ name: image }, at) => held.findIndex((other) => other.name === image) === at);
      return {
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels: JSON.parse(JSON.stringify(labels)) as Record<string, string> },
        spec: { taints, unschedulable },
        status: {
          allocatable,
          images: distinct.map(({ name: image, megabytes }) => ({
            names: [tag(image)],
            sizeBytes: megabytes * 1024 * 1024,
          })),
        },
      };
    });

interface ClusterSize {
  nodes: number;
  pods: number;
}

/** Mostly few nodes, where things meet; now and then so many that nothing can rely on their number. */
const clusterSize: fc.Arbitrary<ClusterSize> = fc.oneof(
  { weight: 14, arbitrary: fc.integer({ min: 1, max: 6 }).map((nodes) => ({ nodes, pods: 10 })) },
  { weight: 1, arbitrary: fc.integer({ min: 7, max: 30 }).map((nodes) => ({ nodes, pods: 25 })) },
);

/** Clusters with pods on their nodes and storage, and a few pods that come one after the other. */
export const randomCase: fc.Arbitrary<{ cluster: PlainCluster; pods: Pod[] }> = clusterSize
  .chain(({ nodes, pods: most }) => {
    const names = Array.from({ length: nodes }, (_, at) => `n${at}`);
    return fc.record({
      nodes: fc.tuple(...names.map(node)),
      placed: fc.uniqueArray(
        pod(
          fc.nat(99).map((at) => `p${at}`),
          fc.constantFrom(...names),
        ),
        { selector: ({ metadata }) => metadata.name, maxLength: most },
      ),
      storage: randomStorage(names),
      pods: fc.tuple(...[0, 1].map((at) => pod(fc.constant(`new${at}`), fc.constant(undefined)))),
    });
  })
  .map(({ nodes, placed, storage, pods }) => ({ cluster: { nodes, pods: placed, namespaces, storage }, pods }));

/** What only the volumes of a pod decide: everything else of it and of the nodes is the same. */
function onlyVolumes({ metadata, spec }: Pod, volumes: Volumes): Pod {
  const containers = [{ name: 'main', image: 'busybox' }];
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: { nodeName: spec?.nodeName, containers, volumes } };
}

type Volumes = NonNullable<Pod['spec']>['volumes'];

/** Like randomCase, where more of the pods get as far as their volumes. */
export const volumeCase: typeof randomCase = fc
  .tuple(
    randomCase,
    fc.array(podVolumes, { minLength: 25, maxLength: 25 }),
    fc.tuple(...[0, 1].map(() => fc.constantFrom(['c0', 'c1'], ['c2', 'c0', 'c1'], ['c3', 'c2'], undefined))),
    podVolumes,
  )
  .map(([{ cluster, pods }, volumes, several, other]) => ({
    cluster: {
      ...cluster,
      nodes: cluster.nodes.map(({ metadata }) => ({
        apiVersion: 'v1',
        kind: 'Node',
        metadata,
        status: { allocatable: { cpu: '8', memory: '16Gi', pods: '110' } },
      })),
      pods: cluster.pods.map((one, at) => onlyVolumes(one, at % 3 === 0 ? volumes[at] : [])),
    },
    pods: pods.map((one, at) =>
      onlyVolumes(
        one,
        several[at]?.map((claimName) => ({ name: claimName, persistentVolumeClaim: { claimName } })) ?? other,
      ),
    ),
  }));
