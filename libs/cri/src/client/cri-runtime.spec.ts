import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { addReasonMatcher, describeContainerRuntime } from '../contract/container-runtime-contract';
import { ContainerdProcess, startContainerd } from '../containerd/containerd-process';
import { buildImageArchive } from '../images/image-archive';
import { importImageArchive } from '../images/image-import';
import { hostArchitecture } from '../images/pause-image';
import type { PodSandboxConfig } from '../runtime-types';
import { CriRuntime } from './cri-runtime';

addReasonMatcher();
jest.setTimeout(120_000);

const missing = [
  process.getuid?.() === 0 ? '' : 'root',
  ...['/usr/bin/containerd', '/usr/sbin/runc', '/usr/lib/cni/bridge', '/bin/busybox', '/usr/bin/nsenter'].filter(
    (file) => !existsSync(file),
  ),
].filter((what) => what !== '');
const describeWithContainerd = missing.length ? describe.skip : describe;
if (missing.length) process.stderr.write(`skipping the containerd tests: needs ${missing.join(', ')}\n`);

const image = 'docker.io/library/contract-busybox:1';
const namespaceName = `nestor-cri-${process.pid}`;
let dir = '';
let containerd: ContainerdProcess;
let runtime: CriRuntime;

async function busyboxArchive(name: string): Promise<Buffer> {
  return buildImageArchive({
    name,
    architecture: hostArchitecture(),
    files: [
      { path: 'bin/busybox', mode: 0o755, content: readFileSync('/bin/busybox') },
      ...['sh', 'echo', 'sleep', 'cat', 'true', 'stty'].map((tool) => ({ path: `bin/${tool}`, linkTo: 'busybox' })),
    ],
    config: { Env: ['PATH=/bin'], Cmd: ['sh'] },
  });
}

function writeCniConfig(confDir: string): void {
  mkdirSync(confDir, { recursive: true });
  const ranges = [[{ subnet: '10.213.7.0/24' }]];
  const ipam = { type: 'host-local', ranges, dataDir: join(dir, 'ipam') };
  const plugins = [{ type: 'bridge', bridge: 'cri0', isGateway: true, ipam }];
  writeFileSync(join(confDir, '10-test.conflist'), JSON.stringify({ cniVersion: '0.4.0', name: 'test', plugins }));
}

describeWithContainerd('with containerd', () => {
  beforeAll(async () => {
    execFileSync('ip', ['netns', 'add', namespaceName]);
    execFileSync('nsenter', [`--net=/var/run/netns/${namespaceName}`, '--', 'ip', 'link', 'set', 'lo', 'up']);
    dir = mkdtempSync(join(tmpdir(), 'nestor-cri-'));
    writeCniConfig(join(dir, 'cni'));
    containerd = await startContainerd({
      dir,
      root: join(dir, 'root'),
      state: `/run/ncri${process.pid}`,
      address: `/run/ncri${process.pid}/c.sock`,
      cniConfDir: join(dir, 'cni'),
      networkNamespace: `/var/run/netns/${namespaceName}`,
    });
    await importImageArchive({ address: containerd.address, archive: await busyboxArchive(image) });
    runtime = new CriRuntime(containerd.address);
    while (!(await runtime.imageStatus(image))) await delay(50);
  });

  afterAll(async () => {
    for (const { id } of await runtime.listPodSandboxes()) {
      await runtime.stopPodSandbox(id);
      await runtime.removePodSandbox(id);
    }
    runtime.close();
    await containerd.stop();
    execFileSync('ip', ['netns', 'del', namespaceName]);
    rmSync(`/run/ncri${process.pid}`, { recursive: true, force: true });
    rmSync(dir, { recursive: true, force: true });
  });

  // containerd's streaming server listens inside the namespace, where this process is not. That part of the contract
  // is tested where the kubelet runs inside: apps/kubelet/test/real-containers.spec.ts.
  const logDirectory = () => join(dir, 'logs');
  describeContainerRuntime('CriRuntime', () => ({ runtime, image, logDirectory: logDirectory() }), {
    streaming: false,
  });

  const sandboxConfig = (uid: string): PodSandboxConfig => ({
    metadata: { name: uid, uid, namespace: 'n', attempt: 0 },
    logDirectory: join(dir, 'logs', uid),
    labels: {},
    annotations: {},
    linux: { securityContext: { seccomp: { profileType: 'Unconfined' } } },
  });

  it('stops the pause program by its own exit, long before the kill', async () => {
    const id = await runtime.runPodSandbox(sandboxConfig('pause'));
    const tasks = execFileSync('ctr', ['-a', containerd.address, '-n', 'k8s.io', 'task', 'ls']).toString();
    const pid =
      tasks
        .split('\n')
        .find((line) => line.startsWith(id))
        ?.split(/\s+/)[1] ?? '';
    expect(readFileSync(`/proc/${pid}/cmdline`, 'utf8')).toBe('/pause\0');
    process.kill(Number(pid), 'SIGTERM');
    while (existsSync(`/proc/${pid}`)) await delay(10);
    while ((await runtime.podSandboxStatus(id)).state === 'SANDBOX_READY') await delay(20);
    await runtime.removePodSandbox(id);
  });

  it('writes container logs as files in CRI format', async () => {
    const config = sandboxConfig('logs');
    const id = await runtime.runPodSandbox(config);
    const container = await runtime.createContainer(
      id,
      {
        metadata: { name: 'c', attempt: 0 },
        image,
        command: ['echo', 'hello'],
        labels: {},
        annotations: {},
        logPath: 'c.log',
      },
      config,
    );
    await runtime.startContainer(container);
    while ((await runtime.containerStatus(container)).state !== 'CONTAINER_EXITED') await delay(20);
    expect(readFileSync(join(dir, 'logs', 'logs', 'c.log'), 'utf8')).toMatch(/Z stdout F hello\n$/);
  });

  it('imports a gzipped archive from a file', async () => {
    const file = join(dir, 'image.tar.gz');
    writeFileSync(file, gzipSync(await busyboxArchive('docker.io/library/zipped:2')));
    const names = await importImageArchive({ address: containerd.address, archive: file });
    expect(names).toEqual(['docker.io/library/zipped:2']);
  });

  it('says why an archive cannot be imported', async () => {
    const garbage = Buffer.from('this is no tar archive'.repeat(100));
    await expect(importImageArchive({ address: containerd.address, archive: garbage })).rejects.toThrow(
      /^image import failed: /,
    );
  });

  it('translates the pull failure of an image that nobody has', async () => {
    await expect(runtime.pullImage('127.0.0.1:1/nobody/nothing:1')).rejects.toThrow(/^rpc error: code = \w+ desc = /);
  });
});

describe('a runtime that is not there', () => {
  it('is reported as unavailable', async () => {
    const absent = new CriRuntime('/run/no-such-runtime.sock');
    await expect(absent.version()).rejects.toSatisfyReason('ServiceUnavailable');
    absent.close();
  });
});
