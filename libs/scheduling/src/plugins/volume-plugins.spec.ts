import type { DeepReadonly } from '@nestor/api';
import { ClusterView } from '../cache/cluster-view';
import { podInfo } from '../cache/pod-info';
import { NodeSelector } from '../cycle/select-node';
import { Profile } from '../framework/profile';
import { aNode, aPod } from '../framework/testing-objects';
import { StorageKind, StorageKinds, StorageView } from '../volumes/storage-view';
import {
  aBoundClaim,
  aCapacity,
  aClaim,
  aClass,
  aCsiDriver,
  aCsiNode,
  aVolume,
  anAttachment,
  store,
  using,
} from '../volumes/testing-storage';
import { defaultPlugins } from './default-plugins';

type Stored = DeepReadonly<StorageKinds[StorageKind]>;

interface Case {
  title: string;
  nodes?: Parameters<typeof aNode>[];
  objects?: Stored[];
  placed?: { node: string; pod: Parameters<typeof aPod> }[];
  pod: Parameters<typeof aPod>[1];
  /** The chosen node, or the message behind "0/2 nodes are available: ". */
  expected: string;
}

function outcome({ nodes = [['a'], ['b']], objects = [], placed = [], pod }: Case): string {
  const cluster = new ClusterView();
  const storage = new StorageView();
  for (const node of nodes) cluster.setNode(aNode(...node));
  for (const { node, pod: other } of placed) cluster.addPod(node, podInfo(aPod(...other)));
  store({ setStorage: (kind, object) => storage.set(kind, object) }, objects);
  const never = () => Promise.reject(new Error('not asked for'));
  const plugins = defaultPlugins(() => Promise.resolve(), {
    handle: { cluster, storage, happened: () => undefined },
    writes: { updateVolume: never, updateClaim: never },
  });
  const selector = new NodeSelector(new Profile('default-scheduler', plugins), cluster, {
    percentageOfNodesToScore: 0,
    random: () => 0,
  });
  const selection = selector.select(podInfo(aPod('p', pod)));
  return selection.node ?? (selection as { message: string }).message.replace(/^0\/\d+ nodes are available: /, '');
}

const later = { storageClassName: 'later' };
const zoned = (zone: string) => ({ labels: { 'topology.kubernetes.io/zone': zone } });
const ephemeral = { spec: { volumes: [{ name: 'scratch', ephemeral: { volumeClaimTemplate: { spec: {} } } }] } };
const inline = (source: object) => ({ spec: { volumes: [{ name: 'v', ...source }] } });
const owner = (uid: string) => [{ apiVersion: 'v1', kind: 'Pod', name: 'p', uid, controller: true }];
const csi = (volumeHandle: string, driver = 'fast.csi') => ({ spec: { csi: { driver, volumeHandle } } });
const provisioned = (over: Parameters<typeof aClass>[1] = {}) => aClass('later', { provisioner: 'fast.csi', ...over });
const hostname = (name: string) => ({ matchLabels: { 'kubernetes.io/hostname': name } });

const binding: Case[] = [
  { title: 'a claim that is not there', pod: using('c'), expected: 'persistentvolumeclaim "c" not found.' },
  {
    title: 'a claim that is going',
    objects: [aClaim('c', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } })],
    pod: using('c'),
    expected: 'persistentvolumeclaim "c" is being deleted.',
  },
  {
    title: 'a lost claim',
    objects: [aClaim('c', { spec: { volumeName: 'v' }, status: { phase: 'Lost' } })],
    pod: using('c'),
    expected: 'persistentvolumeclaim "c" bound to non-existent persistentvolume "v".',
  },
  {
    title: 'an ephemeral volume whose claim is to be made',
    pod: ephemeral,
    expected: 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch".',
  },
  {
    title: 'an ephemeral volume whose claim is not the pod’s',
    objects: [aClaim('p-scratch')],
    pod: ephemeral,
    expected: 'PVC default/p-scratch was not created for pod default/p (pod is not owner).',
  },
  {
    title: 'an ephemeral volume with its claim bound elsewhere',
    objects: [
      aVolume('v', { on: 'b' }),
      aClaim('p-scratch', {
        metadata: {
          ownerReferences: owner('uid-default-p'),
          annotations: { 'pv.kubernetes.io/bind-completed': 'yes' },
        },
        spec: { volumeName: 'v' },
      }),
    ],
    pod: ephemeral,
    expected: 'b',
  },
  {
    title: 'an unbound claim of no class',
    objects: [aClaim('c')],
    pod: using('c'),
    expected: 'pod has unbound immediate PersistentVolumeClaims.',
  },
  {
    title: 'an unbound claim of an immediate class',
    objects: [aClass('now', { volumeBindingMode: 'Immediate' }), aClaim('c', { spec: { storageClassName: 'now' } })],
    pod: using('c'),
    expected: 'pod has unbound immediate PersistentVolumeClaims.',
  },
  {
    title: 'a claim that names its volume and is not bound yet',
    objects: [aClass('later'), aVolume('v'), aClaim('c', { spec: { ...later, volumeName: 'v' } })],
    pod: using('c'),
    expected: 'pod has unbound immediate PersistentVolumeClaims.',
  },
  {
    title: 'a bound claim',
    objects: [aVolume('v', { on: 'b' }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'a volume that no node reaches',
    objects: [aVolume('v', { on: 'gone' }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: '2 node(s) had volume node affinity conflict.',
  },
  {
    title: 'bound claims on different nodes',
    objects: [aVolume('v', { on: 'a' }), aVolume('w', { on: 'b' }), aBoundClaim('c', 'v'), aBoundClaim('d', 'w')],
    pod: using('c', 'd'),
    expected: '2 node(s) had volume node affinity conflict.',
  },
  {
    title: 'no volume for a claim that waits',
    objects: [aClass('later'), aClaim('c', { spec: later })],
    pod: using('c'),
    expected: "2 node(s) didn't find available persistent volumes to bind.",
  },
  {
    title: 'both reasons at once',
    objects: [aClass('later'), aVolume('v', { on: 'gone' }), aBoundClaim('c', 'v'), aClaim('d', { spec: later })],
    pod: using('c', 'd'),
    expected:
      "2 node(s) didn't find available persistent volumes to bind, 2 node(s) had volume node affinity conflict.",
  },
  {
    title: 'a local volume for a claim that waits',
    objects: [aClass('later'), aVolume('v', { on: 'b', spec: later }), aClaim('c', { spec: later })],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'two claims and one volume',
    objects: [
      aClass('later'),
      aVolume('v', { on: 'b', spec: later }),
      aClaim('c', { spec: later }),
      aClaim('d', { spec: later }),
    ],
    pod: using('c', 'd'),
    expected: "2 node(s) didn't find available persistent volumes to bind.",
  },
  {
    title: 'one claim in two volumes of the pod',
    objects: [aClass('later'), aVolume('v', { on: 'b', spec: later }), aClaim('c', { spec: later })],
    pod: using('c', 'c'),
    expected: 'b',
  },
  {
    title: 'the small claim leaves the large volume to the large one',
    objects: [
      aClass('later'),
      aVolume('small', { on: 'b', spec: later }),
      aVolume('large', { on: 'b', storage: '9Gi', spec: later }),
      aClaim('c', { storage: '5Gi', spec: later }),
      aClaim('d', { spec: later }),
    ],
    pod: using('c', 'd'),
    expected: 'b',
  },
  ...(
    [
      ['is too small', { storage: '1Gi' }, { storage: '2Gi' }],
      ['is of another mode', { spec: { ...later, volumeMode: 'Block' } }, {}],
      ['is of another class', { spec: { storageClassName: 'other' } }, {}],
      ['is kept for another claim', { spec: { ...later, claimRef: { namespace: 'default', name: 'x' } } }, {}],
      ['was released', { status: { phase: 'Released' } }, {}],
      ['is going', { metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } }, {}],
      ['lacks an access mode', {}, { spec: { ...later, accessModes: ['ReadWriteMany'] } }],
      ['is not selected', {}, { spec: { ...later, selector: { matchLabels: { disk: 'ssd' } } } }],
      ['is of another attributes class', {}, { spec: { ...later, volumeAttributesClassName: 'gold' } }],
    ] as [string, Parameters<typeof aVolume>[1], Parameters<typeof aClaim>[1]][]
  ).map(([title, volume, claim]) => ({
    title: `a volume that ${title}`,
    objects: [aClass('later'), aVolume('v', { spec: later, ...volume }), aClaim('c', { spec: later, ...claim })],
    pod: using('c'),
    expected: "2 node(s) didn't find available persistent volumes to bind.",
  })),
  {
    title: 'the volume kept for the claim, though it lies elsewhere than a smaller one',
    objects: [
      aClass('later'),
      aVolume('v', { on: 'a', spec: later }),
      aVolume('w', { on: 'b', storage: '9Gi', spec: { ...later, claimRef: { namespace: 'default', name: 'c' } } }),
      aClaim('c', { spec: later }),
    ],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'provisioning where the class allows it',
    nodes: [
      ['a', zoned('1')],
      ['b', zoned('2')],
    ],
    objects: [
      provisioned({
        allowedTopologies: [{ matchLabelExpressions: [{ key: 'topology.kubernetes.io/zone', values: ['2', '3'] }] }],
      }),
      aClaim('c', { spec: later }),
    ],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'a node chosen for the provisioner before',
    objects: [
      provisioned(),
      aClaim('c', { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'b' } }, spec: later }),
    ],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'a node chosen before that is gone',
    objects: [
      provisioned(),
      aClaim('c', { metadata: { annotations: { 'volume.kubernetes.io/selected-node': 'z' } }, spec: later }),
    ],
    pod: using('c'),
    expected: "2 node(s) didn't find available persistent volumes to bind.",
  },
  {
    title: 'no space anywhere',
    objects: [provisioned(), aCsiDriver('fast.csi', { storageCapacity: true }), aClaim('c', { spec: later })],
    pod: using('c'),
    expected: '2 node(s) did not have enough free storage.',
  },
  {
    title: 'space on one node',
    objects: [
      provisioned(),
      aCsiDriver('fast.csi', { storageCapacity: true }),
      aCapacity('a', 'later', { capacity: '900Mi', nodeTopology: hostname('a') }),
      aCapacity('b', 'later', { capacity: '1Gi', nodeTopology: hostname('b') }),
      aCapacity('x', 'other', { capacity: '9Gi', nodeTopology: hostname('a') }),
      aClaim('c', { spec: later }),
    ],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'space for smaller volumes only',
    objects: [
      provisioned(),
      aCsiDriver('fast.csi', { storageCapacity: true }),
      aCapacity('a', 'later', { capacity: '9Gi', maximumVolumeSize: '500Mi', nodeTopology: hostname('a') }),
      aCapacity('b', 'later', { capacity: '9Gi' }),
      aClaim('c', { spec: later }),
    ],
    pod: using('c'),
    expected: '2 node(s) did not have enough free storage.',
  },
  {
    title: 'a driver that does not tell of its space',
    nodes: [['a']],
    objects: [provisioned(), aCsiDriver('fast.csi', {}), aClaim('c', { spec: later })],
    pod: using('c'),
    expected: 'a',
  },
  {
    title: 'a migrated volume in the zone that the driver names',
    nodes: [
      ['a', { labels: { 'topology.ebs.csi.aws.com/zone': '1' } }],
      ['b', { labels: { 'topology.ebs.csi.aws.com/zone': '2' } }],
    ],
    objects: [
      aCsiNode('a', {}, 'kubernetes.io/aws-ebs'),
      aCsiNode('b', {}, 'kubernetes.io/aws-ebs'),
      aVolume('v', {
        metadata: { labels: { 'topology.kubernetes.io/zone': '2' } },
        spec: { awsElasticBlockStore: { volumeID: 'vol-1' } },
      }),
      aBoundClaim('c', 'v'),
    ],
    pod: using('c'),
    expected: 'b',
  },
];

const restrictions: Case[] = [
  ...(
    [
      ['GCE disk', { gcePersistentDisk: { pdName: 'd' } }, { gcePersistentDisk: { pdName: 'd', readOnly: true } }],
      [
        'EBS volume, even to read',
        { awsElasticBlockStore: { volumeID: 'd', readOnly: true } },
        { awsElasticBlockStore: { volumeID: 'd', readOnly: true } },
      ],
      [
        'iSCSI target',
        { iscsi: { iqn: 'd', targetPortal: 'x', lun: 0 } },
        { iscsi: { iqn: 'd', targetPortal: 'y', lun: 1 } },
      ],
      [
        'RBD image by one of its monitors',
        { rbd: { monitors: ['m', 'n'], image: 'd' } },
        { rbd: { monitors: ['n', 'o'], image: 'd', pool: 'rbd' } },
      ],
    ] as const
  ).map(([title, mine, theirs]) => ({
    title: `the same ${title}`,
    nodes: [['a']] as Parameters<typeof aNode>[],
    placed: [{ node: 'a', pod: ['x', inline(theirs)] as Parameters<typeof aPod> }],
    pod: inline(mine),
    expected: '1 node(s) had no available disk.',
  })),
  {
    title: 'a GCE disk that both read',
    nodes: [['a']],
    placed: [{ node: 'a', pod: ['x', inline({ gcePersistentDisk: { pdName: 'd', readOnly: true } })] }],
    pod: inline({ gcePersistentDisk: { pdName: 'd', readOnly: true } }),
    expected: 'a',
  },
  {
    title: 'an RBD image of another pool',
    nodes: [['a']],
    placed: [{ node: 'a', pod: ['x', inline({ rbd: { monitors: ['m'], image: 'd', pool: 'other' } })] }],
    pod: inline({ rbd: { monitors: ['m'], image: 'd' } }),
    expected: 'a',
  },
  {
    title: 'a claim for one pod that another uses, wherever',
    objects: [aVolume('v'), aBoundClaim('c', 'v', { accessModes: ['ReadWriteOncePod'] })],
    placed: [{ node: 'b', pod: ['x', using('c')] }],
    pod: using('c'),
    expected: '2 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.',
  },
  {
    title: 'the same claim of another namespace',
    nodes: [['a']],
    objects: [aVolume('v'), aBoundClaim('c', 'v', { accessModes: ['ReadWriteOncePod'] })],
    placed: [{ node: 'a', pod: ['x', { namespace: 'other', ...using('c') }] }],
    pod: using('c'),
    expected: 'a',
  },
  {
    title: 'a claim that several may use',
    nodes: [['a']],
    objects: [aVolume('v'), aBoundClaim('c', 'v')],
    placed: [{ node: 'a', pod: ['x', using('c')] }],
    pod: using('c'),
    expected: 'a',
  },
];

const zones: Case[] = [
  {
    title: 'the zone of the volume',
    nodes: [
      ['a', zoned('1')],
      ['b', zoned('2')],
    ],
    objects: [aVolume('v', { metadata: zoned('2') }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'one of several zones',
    nodes: [
      ['a', zoned('1')],
      ['b', zoned('2')],
    ],
    objects: [aVolume('v', { metadata: zoned('3__2') }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'a zone without nodes',
    nodes: [['a', zoned('1')]],
    objects: [aVolume('v', { metadata: zoned('9') }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: '1 node(s) had no available volume zone.',
  },
  {
    title: 'the older label of a volume',
    nodes: [
      ['a', zoned('1')],
      ['b', zoned('2')],
    ],
    objects: [
      aVolume('v', { metadata: { labels: { 'failure-domain.beta.kubernetes.io/zone': '2' } } }),
      aBoundClaim('c', 'v'),
    ],
    pod: using('c'),
    expected: 'b',
  },
  {
    title: 'a node with a region and no zone',
    nodes: [['a', { labels: { 'topology.kubernetes.io/region': 'r' } }]],
    objects: [aVolume('v', { metadata: zoned('1') }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: '1 node(s) had no available volume zone.',
  },
  {
    title: 'a label with an empty part names nothing',
    nodes: [['a', zoned('1')]],
    objects: [aVolume('v', { metadata: zoned('2__') }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: 'a',
  },
  {
    title: 'nodes without zones',
    nodes: [['a']],
    objects: [aVolume('v', { metadata: zoned('9') }), aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: 'a',
  },
  {
    title: 'a volume that is gone',
    objects: [aBoundClaim('c', 'v')],
    pod: using('c'),
    expected: 'persistentvolume "v" not found.',
  },
];

const limits: Case[] = [
  {
    title: 'a node with as many as it takes',
    objects: [
      aCsiNode('a', { 'fast.csi': 1 }),
      aCsiNode('b', { 'fast.csi': 2 }),
      aVolume('v', csi('1')),
      aVolume('w', csi('2')),
      aBoundClaim('c', 'v'),
      aBoundClaim('d', 'w'),
    ],
    placed: [{ node: 'a', pod: ['x', using('c')] }],
    pod: using('d'),
    expected: 'b',
  },
  {
    title: 'no node with room',
    nodes: [['a']],
    objects: [
      aCsiNode('a', { 'fast.csi': 1 }),
      provisioned(),
      aClaim('c', { spec: later }),
      aClaim('d', { spec: later }),
    ],
    pod: using('c', 'd'),
    expected: '1 node(s) exceed max volume count.',
  },
  {
    title: 'a volume that is there already',
    nodes: [['a']],
    objects: [aCsiNode('a', { 'fast.csi': 1 }), aVolume('v', csi('1')), aBoundClaim('c', 'v')],
    placed: [{ node: 'a', pod: ['x', using('c')] }],
    pod: using('c'),
    expected: 'a',
  },
  {
    title: 'volumes of another driver',
    nodes: [['a']],
    objects: [
      aCsiNode('a', { 'fast.csi': 1, 'slow.csi': 0 }),
      aVolume('v', csi('1', 'slow.csi')),
      aVolume('w', csi('1')),
      aBoundClaim('c', 'v'),
      aBoundClaim('d', 'w'),
    ],
    placed: [{ node: 'a', pod: ['x', using('c')] }],
    pod: using('d'),
    expected: 'a',
  },
  {
    title: 'a volume still attached for a pod that is gone',
    nodes: [['a']],
    objects: [
      aCsiNode('a', { 'fast.csi': 1 }),
      aVolume('v', csi('1')),
      aVolume('w', csi('2')),
      aBoundClaim('d', 'w'),
      anAttachment('va', 'fast.csi', 'a', 'v'),
    ],
    pod: using('d'),
    expected: '1 node(s) exceed max volume count.',
  },
  {
    title: 'an attachment of a volume that a pod there uses counts once',
    nodes: [['a']],
    objects: [
      aCsiNode('a', { 'fast.csi': 2 }),
      aVolume('v', csi('1')),
      aVolume('w', csi('2')),
      aBoundClaim('c', 'v'),
      aBoundClaim('d', 'w'),
      anAttachment('va', 'fast.csi', 'a', 'v'),
    ],
    placed: [{ node: 'a', pod: ['x', using('c')] }],
    pod: using('d'),
    expected: 'a',
  },
  {
    title: 'a migrated disk counts for its driver',
    nodes: [['a']],
    objects: [aCsiNode('a', { 'ebs.csi.aws.com': 1 }, 'kubernetes.io/gce-pd,kubernetes.io/aws-ebs')],
    placed: [{ node: 'a', pod: ['x', inline({ awsElasticBlockStore: { volumeID: 'aws://1/vol-1' } })] }],
    pod: inline({ awsElasticBlockStore: { volumeID: 'vol-2' } }),
    expected: '1 node(s) exceed max volume count.',
  },
  {
    title: 'a disk that is not migrated does not',
    nodes: [['a']],
    objects: [aCsiNode('a', { 'ebs.csi.aws.com': 0 })],
    pod: inline({ awsElasticBlockStore: { volumeID: 'vol-2' } }),
    expected: 'a',
  },
];

describe('VolumeBinding', () => it.each(binding)('$title', (one) => expect(outcome(one)).toBe(one.expected)));
describe('VolumeRestrictions', () => it.each(restrictions)('$title', (one) => expect(outcome(one)).toBe(one.expected)));
describe('VolumeZone', () => it.each(zones)('$title', (one) => expect(outcome(one)).toBe(one.expected)));
describe('NodeVolumeLimits', () => it.each(limits)('$title', (one) => expect(outcome(one)).toBe(one.expected)));
