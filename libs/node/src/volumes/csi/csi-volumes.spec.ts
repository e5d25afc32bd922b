import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachmentName, notFound, type PersistentVolume, type PersistentVolumeClaim } from '@nestor/api';
import { eventually } from '@nestor/testing';
import { DirectoryDriver } from '../../../../csi/test/directory-driver';
import { podWith } from '../../pod/pod-fixtures';
import type { ReferencedObjects } from '../../references/referenced-objects';
import type { StorageObjects } from '../claims/storage-objects';
import { VolumePending } from '../volume-error';
import { CsiDrivers } from './csi-drivers';
import type { CsiNodeObject } from './csi-node-object';
import { CsiPaths } from './csi-paths';
import { CsiRegistration } from './csi-registration';
import { sourceInPod, sourceOfClaim } from './csi-source';
import { CsiVolumes } from './csi-volumes';
import { PluginWatcher } from './plugin-watcher';

const name = 'dirs.example.com';
const volume: PersistentVolume = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv' },
  spec: {
    capacity: { storage: '2Gi' },
    accessModes: ['ReadWriteOnce'],
    csi: {
      driver: name,
      volumeHandle: 'h1',
      fsType: 'ext4',
      volumeAttributes: { kind: 'dir' },
      nodeStageSecretRef: { name: 'keys', namespace: 'ns' },
    },
  },
};
const claim: PersistentVolumeClaim = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'c', namespace: 'ns', uid: 'uid-c' },
  status: { phase: 'Bound', capacity: { storage: '2Gi' } },
};
const source = (more: Partial<PersistentVolumeClaim> = {}) =>
  sourceOfClaim('data', { volume, claim: { ...claim, ...more }, readOnly: false })!;
const objects = {
  secret: async () => ({ data: { password: Buffer.from('s3cret').toString('base64') } }),
} as unknown as ReferencedObjects;
const contextOf = (uid = 'u1', spec: object = {}) => {
  const pod = podWith(spec);
  pod.metadata.uid = uid;
  return { pod, objects, facts: { nodeName: 'n', hostIPs: [], podIPs: [], allocatable: {} } };
};

describe('CSI volumes', () => {
  let root: string;
  let driver: DirectoryDriver;
  let drivers: CsiDrivers;
  let attachment: object | undefined;
  let driverObject: object;
  let reported: string[][];
  let patches: unknown[];
  let events: string[];

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), 'csi-'));
    [attachment, driverObject, reported, patches, events] = [undefined, { attachRequired: false }, [], [], []];
    driver = await DirectoryDriver.start({
      name,
      directory: root,
      capabilities: ['STAGE_UNSTAGE_VOLUME', 'EXPAND_VOLUME'],
    });
    drivers = new CsiDrivers();
    drivers.add(name, driver.socket);
  });
  afterEach(async () => {
    drivers.close();
    await driver.stop();
    rmSync(root, { recursive: true, force: true });
  });

  const kubelet = (): CsiVolumes => {
    const storage = {
      drivers: { get: async () => ({ spec: driverObject }) },
      attachments: {
        get: async (id: string) => {
          if (id !== attachmentName('h1', name, 'n') || !attachment) throw notFound({ group: '', resource: 'x' }, id);
          return { metadata: {}, status: attachment };
        },
      },
      claims: { patch: async (...args: unknown[]) => void patches.push(args) },
    } as unknown as StorageObjects;
    const volumes: CsiVolumes = new CsiVolumes({
      nodeName: 'n',
      paths: new CsiPaths(root),
      drivers,
      storage,
      reportInUse: async () => void reported.push(volumes.inUse()),
      event: (_, type, reason, message) => void events.push(`${type} ${reason} ${message}`),
    });
    return volumes;
  };
  const requestOf = (method: string) => driver.calls.find((call) => call.method === method)?.request;

  it('are staged once, published for each pod, and taken away in the other order', async () => {
    const volumes = kubelet();
    const target = join(root, 'pods/u1/volumes/kubernetes.io~csi/pv/mount');
    expect(await volumes.prepare(source(), contextOf())).toEqual({ path: target, readOnly: false });
    expect(requestOf('NodeStageVolume')).toMatchObject({
      volumeId: 'h1',
      secrets: { password: 's3cret' },
      volumeContext: {},
      volumeCapability: { mount: { fsType: 'ext4' }, accessMode: { mode: 'SINGLE_NODE_WRITER' } },
    });
    expect(requestOf('NodePublishVolume')).toMatchObject({
      volumeId: 'h1',
      targetPath: target,
      stagingTargetPath: requestOf('NodeStageVolume')?.stagingTargetPath as string,
      volumeContext: { kind: 'dir' },
      readonly: false,
    });
    await volumes.prepare(source(), contextOf('u2'));
    await volumes.removeOfPod('u1');
    expect(driver.methods.slice(-1)).toEqual(['NodeUnpublishVolume']);
    await volumes.removeOfPod('u2');
    expect(driver.methods.slice(-2)).toEqual(['NodeUnpublishVolume', 'NodeUnstageVolume']);
    expect(readdirSync(join(root, 'plugins/kubernetes.io/csi', name))).toEqual([]);
  });

  it('are taken away by a kubelet that comes after', async () => {
    await kubelet().prepare(source(), contextOf());
    await kubelet().removeOfPod('u1');
    expect(driver.methods).toEqual([
      'NodeStageVolume',
      'NodePublishVolume',
      'NodeUnpublishVolume',
      'NodeUnstageVolume',
    ]);
  });

  it('that are staged for nobody are unstaged', async () => {
    driver.failing.set('NodePublishVolume', { code: 13, details: 'no room' });
    const next = kubelet();
    await expect(next.prepare(source(), contextOf())).rejects.toThrow(
      'MountVolume.SetUp failed for volume "pv" : rpc error: code = Internal desc = no room',
    );
    rmSync(join(root, 'pods'), { recursive: true });
    await next.removeUnused();
    expect(driver.methods).toEqual(['NodeStageVolume', 'NodePublishVolume', 'NodeUnstageVolume']);
    await next.removeUnused();
    expect(driver.methods).toHaveLength(3);
  });

  it('never lose what is left in a target', async () => {
    const volumes = kubelet();
    const { path } = await volumes.prepare(source(), contextOf());
    writeFileSync(join(path, 'precious'), '');
    await expect(volumes.removeOfPod('u1')).rejects.toThrow('ENOTEMPTY');
    expect(existsSync(join(path, 'precious'))).toBe(true);
  });

  it('wait for the attachment, which the node says it uses first', async () => {
    driverObject = {};
    const volumes = kubelet();
    await expect(volumes.prepare(source(), contextOf())).rejects.toThrow(VolumePending);
    expect(reported).toEqual([[`kubernetes.io/csi/${name}^h1`]]);
    attachment = { attached: false, attachError: { message: 'the disk is gone' } };
    await expect(volumes.prepare(source(), contextOf())).rejects.toMatchObject({ why: 'the disk is gone' });
    expect(driver.methods).toEqual([]);
    attachment = { attached: true, attachmentMetadata: { device: '/dev/x' } };
    await volumes.prepare(source(), contextOf());
    expect(requestOf('NodeStageVolume')).toMatchObject({ publishContext: { device: '/dev/x' } });
    expect(kubelet().inUse()).toEqual([`kubernetes.io/csi/${name}^h1`]);
    await volumes.removeOfPod('u1');
    expect(reported.at(-1)).toEqual([]);
  });

  it('of a driver that is not there are waited for, and hold up no end', async () => {
    drivers.remove(name);
    const volumes = kubelet();
    await expect(volumes.prepare(source(), contextOf())).rejects.toThrow(
      `MountVolume.MountDevice failed for volume "pv" : kubernetes.io/csi: attacher.MountDevice failed to create newCsiDriverClient: driver name ${name} not found in the list of registered CSI drivers`,
    );
    await volumes.removeOfPod('u1');
    expect(new CsiPaths(root).allPodVolumes()).toEqual([]);
  });

  it('of the pod itself are told of the pod', async () => {
    driverObject = { podInfoOnMount: true };
    const context = contextOf();
    const inPod = sourceInPod({ name: 'scratch', csi: { driver: name, volumeAttributes: { a: 'b' } } }, context.pod)!;
    await kubelet().prepare(inPod, context);
    expect(driver.methods).toEqual(['NodePublishVolume']);
    expect(requestOf('NodePublishVolume')).toMatchObject({
      volumeContext: {
        a: 'b',
        'csi.storage.k8s.io/pod.name': 'p',
        'csi.storage.k8s.io/pod.namespace': 'ns',
        'csi.storage.k8s.io/pod.uid': 'u1',
        'csi.storage.k8s.io/ephemeral': 'true',
      },
    });
  });

  it('grow with their volume', async () => {
    const status = { phase: 'Bound', capacity: { storage: '1Gi' }, conditions: [] };
    await kubelet().prepare(source({ status }), contextOf());
    expect(requestOf('NodeExpandVolume')).toMatchObject({ capacityRange: { requiredBytes: 2 * 2 ** 30 } });
    expect(patches).toMatchObject([['c', 'ns', 'merge', { status: { capacity: { storage: '2Gi' } } }, {}]]);
    expect(events).toContain(
      'Normal FileSystemResizeSuccessful MountVolume.NodeExpandVolume succeeded for volume "pv" n',
    );
  });
});

describe('the registration of drivers', () => {
  let root: string;
  let registry: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'reg-'));
    registry = join(root, 'plugins_registry');
    mkdirSync(registry);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it('takes drivers that come, and lets go of those that leave', async () => {
    const told: string[] = [];
    const object = {
      add: async (driver: string, info: object) => void told.push(`+${driver} ${JSON.stringify(info)}`),
      remove: async (driver: string) => void told.push(`-${driver}`),
    } as unknown as CsiNodeObject;
    const drivers = new CsiDrivers();
    const watcher = new PluginWatcher(registry, new CsiRegistration(drivers, object));
    await watcher.start();
    const topology = { 'example.com/rack': 'r1' };
    const driver = await DirectoryDriver.start({ name, directory: root, registry, topology, maxVolumesPerNode: 7 });
    const old = await DirectoryDriver.start({ name: 'old', directory: root, registry, versions: ['0.3.0'] });
    await eventually(() => {
      expect(driver.notices).toEqual([{ pluginRegistered: true, error: '' }]);
      expect(old.notices[0]).toMatchObject({
        pluginRegistered: false,
        error: expect.stringContaining('unsupported versions "0.3.0"') as string,
      });
    });
    expect(told).toEqual([`+${name} ${JSON.stringify({ nodeId: 'node-id', maxVolumesPerNode: 7, topology })}`]);
    expect(drivers.find(name).endpoint).toBe(driver.socket);
    rmSync(driver.registration, { force: true });
    await driver.stop();
    await eventually(() => expect(told).toContain(`-${name}`));
    expect(() => drivers.find(name)).toThrow('not found in the list of registered CSI drivers');
    await watcher.stop();
    await old.stop();
    drivers.close();
  });
});
