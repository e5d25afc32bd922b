import fc from 'fast-check';
import type {
  CsiNode,
  CsiStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  VolumeAttachment,
} from '@nestor/api';
import type { PlainStorage } from './reference-volumes';

type PodVolume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];

const claimNames = ['c0', 'c1', 'c2', 'c3'];
const driver = 'fast.csi';
const zoneKey = 'topology.kubernetes.io/zone';

/** There that many times for each time it is not. */
const often = <T>(arbitrary: fc.Arbitrary<T>, weight = 1): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight, arbitrary });
const seldom = fc.oneof({ weight: 15, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

/** What a pod mounts: mostly claims, of which a few are not there. */
export const podVolumes: fc.Arbitrary<PodVolume[]> = fc
  .array(
    fc.oneof(
      { weight: 16, arbitrary: fc.constantFrom(...claimNames).map(usingClaim) },
      { weight: 1, arbitrary: fc.constant('absent').map(usingClaim) },
      { weight: 2, arbitrary: fc.constant({ ephemeral: { volumeClaimTemplate: { spec: {} } } }) },
      {
        weight: 3,
        arbitrary: fc.record({ pdName: fc.constantFrom('d', 'e'), readOnly: fc.boolean() }).map((disk) => ({
          gcePersistentDisk: disk,
        })),
      },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map((sources) => sources.map((source, at) => ({ name: `v${at}`, ...source })));

function usingClaim(claimName: string): object {
  return { persistentVolumeClaim: { claimName } };
}

const affinity = (nodes: readonly string[]) =>
  often(
    fc.oneof(
      fc.constantFrom(...nodes).map((name) => [{ key: 'kubernetes.io/hostname', operator: 'In', values: [name] }]),
      fc.constantFrom(['a'], ['b', 'c']).map((values) => [{ key: 'zone', operator: 'In', values }]),
      fc.constant([{ key: 'rack', operator: 'NotIn', values: ['1'] }]),
      fc.constant([{ key: 'rack', operator: 'Exists' }]),
    ),
    4,
  ).map((matchExpressions) => matchExpressions && { required: { nodeSelectorTerms: [{ matchExpressions }] } });

const accessModes = fc.constantFrom(['ReadWriteOnce'], ['ReadWriteOnce', 'ReadWriteMany'], ['ReadWriteOncePod']);

const volumeSpec = (nodes: readonly string[]) =>
  fc.record({
    nodeAffinity: affinity(nodes),
    accessModes,
    csi: often(
      fc.constantFrom('h0', 'h1', 'h2').map((volumeHandle) => ({ driver, volumeHandle })),
      1,
    ),
    zone: fc.constantFrom(undefined, undefined, undefined, 'a', 'b__c'),
    disk: often(fc.constantFrom('ssd', 'hdd'), 1),
  });

/** No two are of one size, so that the smallest is one only. */
const freeVolume = (nodes: readonly string[]) =>
  fc.record({
    ...({ spec: volumeSpec(nodes) } as const),
    size: fc.constantFrom(10, 20, 40),
    storageClassName: fc.constantFrom('local', 'local', 'made', 'other'),
    volumeMode: fc.constantFrom(undefined, undefined, undefined, 'Block'),
    phase: fc.constantFrom('Available', 'Available', 'Available', 'Released'),
    keptFor: fc.oneof(
      { weight: 4, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.constantFrom(...claimNames) },
    ),
  });

function volumeOf(name: string, { zone, disk, ...spec }: Record<string, unknown>, over: object, phase: string) {
  const labels = JSON.parse(JSON.stringify({ [zoneKey]: zone, disk })) as Record<string, string>;
  return {
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: { ...spec, ...over },
    status: { phase },
  } as unknown as PersistentVolume;
}

const claim = (nodes: readonly string[]) =>
  fc.record({
    state: fc.constantFrom('bound', 'bound', 'local', 'local', 'made', 'made', 'selected', 'bound', 'local', 'made'),
    broken: fc.oneof(
      { weight: 15, arbitrary: fc.constant('') },
      { weight: 1, arbitrary: fc.constantFrom('now', 'lost', 'going', 'volume gone') },
    ),
    volume: volumeSpec(nodes),
    size: fc.constantFrom(5, 15, 35),
    accessModes,
    selectedNode: fc.constantFrom(...nodes),
    selector: fc.constantFrom(undefined, undefined, undefined, { matchLabels: { disk: 'ssd' } }),
    isThere: seldom.map((absent) => !absent),
  });
type RandomClaim = ReturnType<typeof claim> extends fc.Arbitrary<infer T> ? T : never;

function claimObject(namespace: string, name: string, given: RandomClaim): PersistentVolumeClaim {
  const { state, broken, size, accessModes: modes, selectedNode, selector } = given;
  const isBound = state === 'bound' && broken !== 'now';
  const annotations = {
    'pv.kubernetes.io/bind-completed': isBound ? 'yes' : undefined,
    'volume.kubernetes.io/selected-node': state === 'selected' ? selectedNode : undefined,
  };
  const storageClassName = broken === 'now' ? 'now' : state === 'selected' ? 'made' : isBound ? 'local' : state;
  return {
    kind: 'PersistentVolumeClaim',
    metadata: {
      namespace,
      name,
      uid: `${namespace}/${name}`,
      annotations,
      deletionTimestamp: broken === 'going' ? '2026-01-01T00:00:00Z' : undefined,
    },
    spec: {
      accessModes: modes,
      resources: { requests: { storage: `${size}Gi` } },
      storageClassName,
      selector,
      volumeName: isBound ? `of-${namespace}-${name}` : undefined,
    },
    status: { phase: broken === 'lost' ? 'Lost' : isBound ? 'Bound' : 'Pending' },
  } as unknown as PersistentVolumeClaim;
}

const classes: StorageClass[] = [
  ['local', 'kubernetes.io/no-provisioner', 'WaitForFirstConsumer'],
  ['now', driver, 'Immediate'],
  ['made', driver, 'WaitForFirstConsumer'],
].map(([name, provisioner, volumeBindingMode]) => ({
  kind: 'StorageClass',
  metadata: { name },
  provisioner,
  volumeBindingMode,
})) as StorageClass[];

const capacity = fc.record({
  zone: fc.constantFrom('a', 'b', 'c'),
  capacity: fc.constantFrom('10Gi', '40Gi'),
  maximumVolumeSize: fc.constantFrom(undefined, '10Gi'),
});

/** `pods` are those whose ephemeral volumes may have their claims. */
export const randomStorage = (nodes: readonly string[]): fc.Arbitrary<PlainStorage> =>
  fc
    .record({
      claims: fc.tuple(...claimNames.map(() => claim(nodes))),
      others: fc.tuple(...claimNames.map(() => claim(nodes))),
      ephemeral: fc.array(fc.record({ claim: claim(nodes), isOwned: seldom.map((foreign) => !foreign) }), {
        minLength: 4,
        maxLength: 4,
      }),
      free: fc.array(freeVolume(nodes), { maxLength: 8 }),
      allowed: often(fc.constantFrom<string[]>(['a'], ['b', 'c']), 1),
      csiNodes: fc.tuple(...nodes.map(() => often(fc.integer({ min: 0, max: 3 }), 1))),
      tellsCapacity: fc.boolean(),
      capacities: fc.array(capacity, { maxLength: 3 }),
      attachments: fc.array(fc.record({ node: fc.constantFrom(...nodes), claim: fc.constantFrom(...claimNames) }), {
        maxLength: 3,
      }),
    })
    .map(({ claims, others, ephemeral, free, allowed, csiNodes, tellsCapacity, capacities, attachments }) => {
      const named = [
        ...claims.map((given, at) => ({ namespace: 'default', name: `c${at}`, given, owner: '' })),
        ...others.map((given, at) => ({ namespace: 'other', name: `c${at}`, given, owner: '' })),
        ...ephemeral.flatMap(({ claim: given, isOwned }, at) =>
          ['default', 'other'].map((namespace) => ({
            namespace,
            name: `new${at % 2}-v${Math.floor(at / 2)}`,
            given,
            owner: isOwned ? `new${at % 2}` : 'x',
          })),
        ),
      ].filter(({ given }) => given.isThere);
      const withOwner = (object: PersistentVolumeClaim, uid: string): PersistentVolumeClaim => {
        if (uid)
          object.metadata.ownerReferences = [{ apiVersion: 'v1', kind: 'Pod', name: uid, uid, controller: true }];
        return object;
      };
      return {
        claims: named.map(({ namespace, name, given, owner }) => withOwner(claimObject(namespace, name, given), owner)),
        volumes: [
          ...named
            .filter(({ given }) => given.state === 'bound' && !['now', 'volume gone'].includes(given.broken))
            .map(({ namespace, name, given }) =>
              volumeOf(`of-${namespace}-${name}`, given.volume, { storageClassName: 'local' }, 'Bound'),
            ),
          ...free.map(({ spec, size, keptFor, storageClassName, volumeMode, phase }, at) =>
            volumeOf(
              `free-${at}`,
              spec,
              {
                capacity: { storage: `${size + at}Gi` },
                storageClassName,
                volumeMode,
                claimRef: keptFor && { namespace: 'default', name: keptFor },
              },
              phase,
            ),
          ),
        ],
        classes: classes.map((one) =>
          one.metadata.name === 'made' && allowed
            ? { ...one, allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone', values: allowed }] }] }
            : one,
        ),
        csiNodes: csiNodes.flatMap((count, at) =>
          count === undefined
            ? []
            : [
                {
                  kind: 'CSINode',
                  metadata: { name: nodes[at] },
                  spec: { drivers: [{ name: driver, nodeID: 'x', allocatable: { count } }] },
                } as CsiNode,
              ],
        ),
        drivers: [
          {
            apiVersion: 'storage.k8s.io/v1',
            kind: 'CSIDriver',
            metadata: { name: driver },
            spec: { storageCapacity: tellsCapacity },
          },
        ],
        capacities: capacities.map(
          ({ zone, ...space }, at) =>
            ({
              kind: 'CSIStorageCapacity',
              metadata: { name: `s${at}`, namespace: 'kube-system' },
              storageClassName: 'made',
              nodeTopology: { matchLabels: { zone } },
              ...space,
            }) as unknown as CsiStorageCapacity,
        ),
        attachments: attachments.map(
          ({ node, claim: name }, at) =>
            ({
              kind: 'VolumeAttachment',
              metadata: { name: `a${at}` },
              spec: { attacher: driver, nodeName: node, source: { persistentVolumeName: `of-default-${name}` } },
            }) as VolumeAttachment,
        ),
      };
    });
