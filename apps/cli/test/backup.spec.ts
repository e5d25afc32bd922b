import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, startCluster, temporaryDirectory, type TestCluster } from '@nestor/testing';

describe('nestor backup and restore', () => {
  const directory = temporaryDirectory('backup');
  const file = join(directory.path, 'cluster.backup');
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 1 });
  }, 180_000);
  afterAll(async () => {
    await cluster?.stop();
    directory.remove();
  }, 120_000);
  const out = async (...args: string[]) => (await cluster.kubectl(args)).stdout;
  const rootCa = 'kube-root-ca.crt';
  /** All but the cluster's authority, which a new cluster writes anew. */
  const configMaps = () =>
    out('get', '--raw', `/api/v1/namespaces/kept/configmaps?fieldSelector=metadata.name!=${rootCa}`);

  it('brings every object into a new cluster, which works', async () => {
    await out('create', 'namespace', 'kept');
    await out('create', 'configmap', 'a', '-n', 'kept', '--from-literal=text=grüße');
    await out('create', 'secret', 'generic', 's', '-n', 'kept', '--from-literal=password=x');
    await out('create', 'deployment', 'web', '-n', 'kept', '--image=busybox', '--replicas=2');
    await out('rollout', 'status', 'deployment/web', '-n', 'kept', '--timeout=60s');
    const before = JSON.parse(await configMaps()) as { items: object[]; metadata: { resourceVersion: string } };
    const uid = await out('get', 'deployment', 'web', '-n', 'kept', '-o', 'jsonpath={.metadata.uid}');

    const made = await cluster.nestor('backup', file);
    expect(made.code).toBe(0);
    expect(made.output).toMatch(/bytes, everything at revision \d+/);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await out('create', 'configmap', 'after', '-n', 'kept');

    expect((await cluster.nestor('restore', file)).output).toContain('the cluster runs');
    await cluster.nestor('down', '--purge');
    const restored = await cluster.nestor('restore', file);
    expect(restored.code).toBe(0);
    expect(restored.output).toMatch(/\d+ objects as of revision \d+/);
    await cluster.up();

    const after = JSON.parse(await configMaps()) as typeof before;
    expect(before.items).toHaveLength(1);
    expect(after.items).toEqual(before.items);
    const inConfig = 'jsonpath={.clusters[0].cluster.certificate-authority-data}';
    const authority = await out('config', 'view', '--raw', '--flatten', '-o', inConfig);
    await eventually(async () => {
      const published = await out('get', 'configmap', rootCa, '-n', 'kept', '-o', 'jsonpath={.data.ca\\.crt}');
      expect(published.trim()).toBe(Buffer.from(authority, 'base64').toString().trim());
    });
    expect(Number(after.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion) + 1000);
    expect(await out('get', 'secret', 's', '-n', 'kept', '-o', 'jsonpath={.data.password}')).toBe('eA==');
    expect(await out('get', 'deployment', 'web', '-n', 'kept', '-o', 'jsonpath={.metadata.uid}')).toBe(uid);
    await out('scale', 'deployment/web', '-n', 'kept', '--replicas=3');
    await out('rollout', 'status', 'deployment/web', '-n', 'kept', '--timeout=60s');
    const old = await cluster
      .kubectl(['get', '--raw', `/api/v1/configmaps?watch=1&resourceVersion=${before.metadata.resourceVersion}`])
      .then(({ stdout }) => stdout, String);
    expect(old).toContain('"code":410');
  }, 180_000);

  it('refuses a cluster that holds objects, and files that are not whole, and changes nothing', async () => {
    const nothing = await cluster.nestor('backup', join(directory.path, 'absent', 'x'));
    expect(nothing.code).toBe(1);
    expect(nothing.output).toContain('no backup was made');
    await cluster.down();
    const whole = readFileSync(file);
    const wrong = { short: whole.subarray(0, whole.length - 40), empty: Buffer.alloc(0), other: Buffer.from('text') };
    for (const [name, bytes] of Object.entries(wrong)) {
      const path = join(directory.path, name);
      writeFileSync(path, bytes);
      const { code, output } = await cluster.nestor('restore', path, '--replace');
      expect([code, output]).toEqual([1, expect.stringContaining('no whole backup')]);
    }
    const kept = await cluster.nestor('restore', file);
    expect(kept.code).toBe(1);
    expect(kept.output).toContain('holds objects already');
    expect((await cluster.nestor('restore', join(directory.path, 'none'))).output).toContain('there is no file');
    await cluster.up();
    expect(await out('get', 'deployment', 'web', '-n', 'kept', '-o', 'jsonpath={.spec.replicas}')).toBe('3');

    await cluster.down();
    expect((await cluster.nestor('restore', file, '--replace')).code).toBe(0);
    await cluster.up();
    expect(await out('get', 'deployment', 'web', '-n', 'kept', '-o', 'jsonpath={.spec.replicas}')).toBe('2');
    expect(existsSync(`${file}.part`)).toBe(false);
  }, 180_000);
});
