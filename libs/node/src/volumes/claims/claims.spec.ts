import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notFound, type Container, type Node, type PersistentVolume, type PersistentVolumeClaim } from '@nestor/api';
import { podWith } from '../../pod/pod-fixtures';
import type { ReferencedObjects } from '../../references/referenced-objects';
import type { CsiVolumes } from '../csi/csi-volumes';
import { reclaimDirectories } from '../node-local/reclaim-directories';
import { VolumeDirectories } from '../node-local/volume-directories';
import { HostPodVolumes } from '../pod-volumes';
import { SimulatedPodVolumes } from '../simulated-pod-volumes';
import type { StorageObjects } from './storage-objects';

type Claims = Record<string, PersistentVolumeClaim>;
type Volumes = Record<string, PersistentVolume>;

const facts = { nodeName: 'n', hostIPs: ['192.0.2.1'], podIPs: [], allocatable: {} };
const objects = {} as ReferencedObjects;
const node: Node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n', labels: { zone: 'a' } } };
const mount = { name: 'data', mountPath: '/data' };
const container: Container = { name: 'main', image: 'i', volumeMounts: [mount] };

const aClaim = (more: object = {}, metadata: object = {}): PersistentVolumeClaim => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'ns', uid: 'uid-c', ...metadata },
  spec: { volumeName: 'pv' },
  status: { phase: 'Bound' },
  ...more,
});
const aVolume = (spec: object, annotations = {}): PersistentVolume => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv', annotations },
  spec: { claimRef: { namespace: 'ns', name: 'c', uid: 'uid-c' }, ...spec },
});
const storageOf = (claims: Claims, volumes: Volumes): StorageObjects => {
  const reads = (known: Record<string, unknown>, resource: string) => ({
    get: async (name: string) => {
      if (known[name]) return known[name];
      throw notFound({ group: '', resource }, name);
    },
  });
  return {
    claims: reads(claims, 'persistentvolumeclaims'),
    volumes: reads(volumes, 'persistentvolumes'),
  } as unknown as StorageObjects;
};

describe('the volumes of claims', () => {
  let dir: string;
  beforeEach(() => void (dir = mkdtempSync(join(tmpdir(), 'claims-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const podOf = (spec: object = {}) =>
    podWith({
      containers: [container],
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }],
      ...spec,
    });
  const volumesOn = (claims: Claims, volumes: Volumes) =>
    new HostPodVolumes({
      podsDirectory: join(dir, 'pods'),
      storage: storageOf(claims, volumes),
      directories: new VolumeDirectories(join(dir, 'local-volumes')),
      node: () => node,
      csi: { removeOfPod: async () => undefined } as unknown as CsiVolumes,
    });
  const failure = async (claims: Claims, volumes: Volumes, pod = podOf()) => {
    const context = { pod, objects, facts };
    const failed = await volumesOn(claims, volumes)
      .prepare(context)
      .then(
        () => 'nothing',
        (error: Error) => error.message,
      );
    return failed.replace(
      'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[data]: error processing PVC',
      '...',
    );
  };

  it.each<[string, Claims, Volumes]>([
    ['... ns/c: failed to fetch PVC from API server: persistentvolumeclaims "c" not found', {}, {}],
    ['... ns/c: PVC is not bound', { c: aClaim({ status: { phase: 'Pending' } }) }, {}],
    ['... ns/c: PVC is being deleted', { c: aClaim({}, { deletionTimestamp: '2026-01-01T00:00:00Z' }) }, {}],
    ['... ns/c: failed to fetch PV pv from API server: persistentvolumes "pv" not found', { c: aClaim() }, {}],
    [
      '... ns/c: found PV object pv but its pv.Spec.ClaimRef.UID old does not point to claim.UID uid-c',
      { c: aClaim() },
      { pv: aVolume({ claimRef: { uid: 'old' } }) },
    ],
    [
      '... ns/c: volume data has volumeMode Block, but is specified in volumeMounts',
      { c: aClaim() },
      { pv: aVolume({ volumeMode: 'Block' }) },
    ],
    [
      'MountVolume.NodeAffinity check failed for volume "pv" : no matching NodeSelectorTerms',
      { c: aClaim() },
      {
        pv: aVolume({
          local: { path: '/x' },
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['b'] }] }],
            },
          },
        }),
      },
    ],
    [
      'MountVolume.NewMounter initialization failed for volume "pv" : path "/nonexistent" does not exist',
      { c: aClaim() },
      { pv: aVolume({ local: { path: '/nonexistent' } }) },
    ],
    [
      'MountVolume.SetUp failed for volume "pv" : hostPath type check failed: /nonexistent is not a directory',
      { c: aClaim() },
      { pv: aVolume({ hostPath: { path: '/nonexistent', type: 'Directory' } }) },
    ],
  ])('are waited for: %s', async (message, claims, volumes) => {
    expect(await failure(claims, volumes)).toBe(message);
  });

  it('of generic ephemeral volumes belong to the pod', async () => {
    const pod = podOf({ volumes: [{ name: 'data', ephemeral: { volumeClaimTemplate: { spec: {} } } }] });
    const claims = { 'p-data': aClaim({}, { name: 'p-data' }) };
    expect(await failure(claims, {}, pod)).toBe(
      '... ns/p-data: PVC ns/p-data was not created for pod ns/p (pod is not owner)',
    );
    const owner = { apiVersion: 'v1', kind: 'Pod', name: 'p', uid: 'u1', controller: true };
    claims['p-data'] = aClaim({}, { name: 'p-data', ownerReferences: [owner] });
    expect(await failure(claims, { pv: aVolume({ hostPath: { path: dir } }) }, pod)).toBe('nothing');
  });

  it('keep simulated pods waiting too', async () => {
    const simulated = new SimulatedPodVolumes(storageOf({ c: aClaim({ status: {} }) }, {}));
    await expect(simulated.prepare({ pod: podOf(), objects, facts })).rejects.toThrow('PVC is not bound');
  });

  it('are paths of this machine, read-only where the pod says so', async () => {
    const volumes = volumesOn({ c: aClaim() }, { pv: aVolume({ hostPath: { path: dir } }) });
    const pod = podOf({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c', readOnly: true } }] });
    await volumes.prepare({ pod, objects, facts });
    expect(volumes.mounts(pod, container, new Map())).toEqual([
      { containerPath: '/data', hostPath: dir, readonly: true, propagation: 'PROPAGATION_PRIVATE' },
    ]);
    await volumes.remove('u1');
    expect(existsSync(dir)).toBe(true);
  });

  it('are owned by the fsGroup, once where only the root is looked at', async () => {
    const path = join(dir, 'disk');
    mkdirSync(path, { mode: 0o755 });
    writeFileSync(join(path, 'file'), '', { mode: 0o600 });
    const volumes = volumesOn({ c: aClaim() }, { pv: aVolume({ local: { path } }) });
    const pod = podOf({
      securityContext: { fsGroup: process.getgid?.(), fsGroupChangePolicy: 'OnRootMismatch' },
    });
    await volumes.prepare({ pod, objects, facts });
    expect(statSync(path).mode & 0o7777).toBe(0o2775);
    expect(statSync(join(path, 'file')).mode & 0o777).toBe(0o660);
    chmodSync(join(path, 'file'), 0o600);
    await volumes.prepare({ pod, objects, facts });
    expect(statSync(join(path, 'file')).mode & 0o777).toBe(0o600);
  });

  it('of the node-local provisioner are made at the first use, and removed when the node is told to', async () => {
    const path = join(dir, 'local-volumes', 'pv');
    const ours = { 'pv.kubernetes.io/provisioned-by': 'nestor.dev/node-local' };
    const volumes = volumesOn({ c: aClaim() }, { pv: aVolume({ local: { path } }, ours) });
    await volumes.prepare({ pod: podOf(), objects, facts });
    expect(statSync(path).mode & 0o777).toBe(0o777);
    writeFileSync(join(path, 'kept'), '');
    await volumes.remove('u1');
    expect(existsSync(join(path, 'kept'))).toBe(true);
    const patches: unknown[] = [];
    const nodes = { patch: async (...args: unknown[]) => void patches.push(args) } as never;
    const annotations = { 'reclaim.volumes.nestor.dev/pv': '', 'reclaim.volumes.nestor.dev/..': '' };
    const asked = { ...node, metadata: { ...node.metadata, annotations } };
    await reclaimDirectories(asked, new VolumeDirectories(join(dir, 'local-volumes')), nodes);
    expect(existsSync(path)).toBe(false);
    const answer = { metadata: { annotations: { 'reclaim.volumes.nestor.dev/pv': null } } };
    expect(patches).toEqual([['n', undefined, 'merge', answer]]);
  });
});
