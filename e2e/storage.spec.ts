import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildBusyboxImage,
  createNetns,
  describeWhen,
  eventually,
  missingTools,
  startCluster,
  temporaryDirectory,
  type Netns,
  type TestCluster,
} from '@nestor/testing';
import { DirectoryDriver } from '../libs/csi/test/directory-driver';

const missing = missingTools('containerd', 'runc', 'iptables', 'ip', 'busybox');
const possible = process.getuid?.() === 0 && missing.length === 0;

/** Writes its start down, so that a reader sees how often there was one. */
const count = 'echo "started as $(hostname)" >> /data/starts; exec sleep 3600';
const container = (command: string) => ({
  name: 'main',
  image: 'busybox:1.36',
  command: ['sh', '-c', command],
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
});
const stateful = (replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db' },
  spec: {
    replicas,
    serviceName: 'db',
    selector: { matchLabels: { app: 'db' } },
    template: {
      metadata: { labels: { app: 'db' } },
      spec: { terminationGracePeriodSeconds: 0, containers: [container(count)] },
    },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '64Mi' } } },
      },
    ],
  },
});

/** Claims as a user of a fresh cluster makes them, on containers that really run. */
describeWhen(possible, `storage needs root and ${missing.join(', ') || 'root'}`)('storage on real containers', () => {
  const files = temporaryDirectory('storage');
  let netns: Netns;
  let cluster: TestCluster;
  const out = async (...args: string[]) => (await cluster.kubectl(args)).stdout;
  const apply = (manifest: object) => cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(manifest) });
  const until = <T>(check: () => Promise<T>) => eventually(check, { timeoutMs: 60_000, intervalMs: 500 });
  const starts = async () => (await out('exec', 'db-0', '--', 'cat', '/data/starts')).trim().split('\n');
  const running = () => out('wait', 'pod/db-0', '--for=condition=Ready', '--timeout=60s');

  beforeAll(async () => {
    netns = createNetns();
    cluster = await startCluster({ runtime: 'containerd', netns: netns.name });
    const image = await buildBusyboxImage(join(files.path, 'busybox.tar'), 'docker.io/library/busybox:1.36');
    expect(await cluster.nestor('image', 'import', image.file)).toMatchObject({ code: 0 });
  }, 240_000);

  afterAll(async () => {
    await cluster?.stop();
    netns?.remove();
    files.remove();
  }, 120_000);

  it('keeps the data of a StatefulSet over its pods and over itself', async () => {
    await apply(stateful(1));
    await until(() => running());
    expect(await out('get', 'pvc', 'data-db-0', '--no-headers')).toMatch(
      /^data-db-0 +Bound +pvc-\S+ +64Mi +RWO +standard /,
    );
    await until(async () => expect(await starts()).toEqual(['started as db-0']));
    await out('delete', 'pod', 'db-0', '--timeout=60s');
    await until(async () => {
      await running();
      expect(await starts()).toHaveLength(2);
    });
    await out('delete', 'statefulset', 'db', '--timeout=60s');
    await out('wait', 'pod/db-0', '--for=delete', '--timeout=60s').catch(() => undefined); // Gone already.
    await apply(stateful(1));
    await until(async () => {
      await running();
      expect(await starts()).toHaveLength(3);
    });
  }, 240_000);

  it('removes the data with its claim', async () => {
    const volumes = join(cluster.data, 'kubelet', 'local-volumes');
    expect(readdirSync(volumes)).toHaveLength(1);
    await out('delete', 'statefulset', 'db', '--timeout=60s');
    await out('delete', 'pvc', 'data-db-0', '--timeout=60s');
    await until(async () => {
      expect(readdirSync(volumes)).toEqual([]);
      expect((await cluster.kubectl(['get', 'pv'])).stderr).toContain('No resources found');
    });
  }, 120_000);

  it('mounts the volumes of a driver that registers itself, also for a pod that outlives the kubelet', async () => {
    const backing = join(files.path, 'disks');
    const registry = join(cluster.data, 'kubelet', 'plugins_registry');
    mkdirSync(backing);
    const name = 'dirs.example.com';
    const driver = await DirectoryDriver.start({ name, directory: files.path, registry, backing });
    try {
      await until(async () => expect(await out('get', 'csinode', '-o', 'yaml')).toContain(name));
      await apply({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSIDriver',
        metadata: { name },
        spec: { attachRequired: false },
      });
      const access = { accessModes: ['ReadWriteOnce'], storageClassName: '' };
      const csi = { driver: name, volumeHandle: 'disk-1' };
      await apply({
        apiVersion: 'v1',
        kind: 'PersistentVolume',
        metadata: { name: 'disk-1' },
        spec: { ...access, capacity: { storage: '1Gi' }, csi },
      });
      const requests = { requests: { storage: '1Gi' } };
      await apply({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'disk' },
        spec: { ...access, resources: requests },
      });
      const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'disk' } }];
      await apply({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'writer' },
        spec: { terminationGracePeriodSeconds: 0, containers: [container(count)], volumes },
      });
      await out('wait', 'pod/writer', '--for=condition=Ready', '--timeout=60s');
      await until(async () =>
        expect(readFileSync(join(backing, 'disk-1', 'starts'), 'utf8')).toBe('started as writer\n'),
      );
      process.kill(cluster.processes()['kubelet'] ?? 0, 'SIGKILL');
      await out('delete', 'pod', 'writer', '--timeout=60s');
      await until(async () => expect(driver.methods.slice(-2)).toEqual(['NodeUnpublishVolume', 'NodeUnstageVolume']));
      expect(existsSync(join(backing, 'disk-1', 'starts'))).toBe(true);
    } finally {
      await driver.stop();
    }
  }, 180_000);
});
