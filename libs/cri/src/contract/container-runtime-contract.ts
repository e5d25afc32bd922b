import { setTimeout as delay } from 'node:timers/promises';
import { isNotFound, reasonOf } from '@nestor/api';
import type { ContainerRuntime } from '../container-runtime';
import type { ContainerConfig, PodSandboxConfig, RuntimeContainerStatus } from '../runtime-types';

export interface RuntimeUnderTest {
  runtime: ContainerRuntime;
  /** An image with sh, echo, sleep and cat that is present. */
  image: string;
  logDirectory: string;
}

/** What every ContainerRuntime does, run against each of them. */
export function describeContainerRuntime(name: string, setUp: () => RuntimeUnderTest, { streaming = true } = {}): void {
  describe(`${name} as a ContainerRuntime`, () => {
    const sandboxes: string[] = [];
    let counter = 0;

    const sandboxConfig = (): PodSandboxConfig => {
      const uid = `uid-${process.pid}-${++counter}`;
      return {
        metadata: { name: `pod-${counter}`, uid, namespace: 'contract', attempt: 0 },
        hostname: `pod-${counter}`,
        logDirectory: `${setUp().logDirectory}/${uid}`,
        labels: { 'io.kubernetes.pod.uid': uid },
        annotations: { note: 'kept' },
        linux: { securityContext: { seccomp: { profileType: 'Unconfined' } } },
      };
    };
    const containerConfig = (script: string, more: Partial<ContainerConfig> = {}): ContainerConfig => ({
      metadata: { name: 'main', attempt: 0 },
      image: setUp().image,
      command: ['sh', '-c', script],
      labels: { role: 'contract' },
      annotations: { hash: 'abc' },
      logPath: 'main.log',
      ...more,
    });
    const runSandbox = async (): Promise<{ id: string; config: PodSandboxConfig }> => {
      const config = sandboxConfig();
      const id = await setUp().runtime.runPodSandbox(config);
      sandboxes.push(id);
      return { id, config };
    };
    const startContainer = async (script: string, more?: Partial<ContainerConfig>): Promise<string> => {
      const { id, config } = await runSandbox();
      const container = await setUp().runtime.createContainer(id, containerConfig(script, more), config);
      await setUp().runtime.startContainer(container);
      return container;
    };
    const exited = async (id: string): Promise<RuntimeContainerStatus> => {
      for (;;) {
        const status = await setUp().runtime.containerStatus(id);
        if (status.state === 'CONTAINER_EXITED') return status;
        await delay(20);
      }
    };

    afterEach(async () => {
      for (const id of sandboxes.splice(0)) {
        await setUp().runtime.stopPodSandbox(id);
        await setUp().runtime.removePodSandbox(id);
      }
    });

    it('tells its version and that it is ready', async () => {
      expect((await setUp().runtime.version()).runtimeApiVersion).toBe('v1');
      const conditions = await setUp().runtime.status();
      expect(conditions.find(({ type }) => type === 'RuntimeReady')?.status).toBe(true);
    });

    it('runs a sandbox and gives back what it was told', async () => {
      const { id, config } = await runSandbox();
      const status = await setUp().runtime.podSandboxStatus(id);
      expect(status).toMatchObject({
        id,
        state: 'SANDBOX_READY',
        metadata: config.metadata,
        annotations: { note: 'kept' },
      });
      expect(status.ips[0]).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
      const listed = await setUp().runtime.listPodSandboxes({ labels: config.labels });
      expect(listed.map((sandbox) => sandbox.id)).toEqual([id]);
    });

    it('gives different sandboxes different addresses', async () => {
      const ids = [await runSandbox(), await runSandbox()].map(({ id }) => id);
      const statuses = await Promise.all(ids.map((id) => setUp().runtime.podSandboxStatus(id)));
      expect(new Set(statuses.map(({ ips }) => ips[0])).size).toBe(2);
    });

    it('takes a container from created over running to exited', async () => {
      const { id, config } = await runSandbox();
      const { runtime } = setUp();
      const container = await runtime.createContainer(id, containerConfig('exit 3'), config);
      expect(await runtime.containerStatus(container)).toMatchObject({ state: 'CONTAINER_CREATED', startedAt: 0 });
      await runtime.startContainer(container);
      const status = await exited(container);
      expect(status).toMatchObject({ exitCode: 3, reason: 'Error', metadata: { name: 'main', attempt: 0 } });
      expect(status.annotations).toMatchObject({ hash: 'abc' });
      expect(status.startedAt).toBeGreaterThan(0);
      expect(status.finishedAt).toBeGreaterThan(0);
    });

    it('reports a clean end as Completed', async () => {
      expect(await exited(await startContainer('true'))).toMatchObject({ exitCode: 0, reason: 'Completed' });
    });

    it('lists containers by sandbox and label', async () => {
      const container = await startContainer('sleep 3600');
      const { runtime } = setUp();
      const [sandbox] = sandboxes;
      const listed = await runtime.listContainers({ podSandboxId: sandbox, labels: { role: 'contract' } });
      expect(listed).toMatchObject([{ id: container, podSandboxId: sandbox, state: 'CONTAINER_RUNNING' }]);
      expect(await runtime.listContainers({ podSandboxId: sandbox, labels: { role: 'other' } })).toEqual([]);
    });

    it('stops a running container, and stopping twice is fine', async () => {
      const container = await startContainer('sleep 3600');
      await setUp().runtime.stopContainer(container, 0);
      expect((await exited(container)).exitCode).not.toBe(0);
      await setUp().runtime.stopContainer(container, 0);
    });

    it('stops the containers of a stopped sandbox', async () => {
      const container = await startContainer('sleep 3600');
      const sandbox = sandboxes[0] ?? '';
      await setUp().runtime.stopPodSandbox(sandbox);
      await exited(container);
      expect((await setUp().runtime.podSandboxStatus(sandbox)).state).toBe('SANDBOX_NOTREADY');
    });

    it('forgets what was removed, and removing twice is fine', async () => {
      const container = await startContainer('exit 0');
      const { runtime } = setUp();
      await exited(container);
      await runtime.removeContainer(container);
      await runtime.removeContainer(container);
      await expect(runtime.containerStatus(container)).rejects.toSatisfyReason('NotFound');
      const sandbox = sandboxes[0] ?? '';
      await runtime.stopPodSandbox(sandbox);
      await runtime.removePodSandbox(sandbox);
      await runtime.removePodSandbox(sandbox);
      await expect(runtime.podSandboxStatus(sandbox)).rejects.toSatisfyReason('NotFound');
    });

    it('answers NotFound for a sandbox that does not exist', async () => {
      const error = await setUp()
        .runtime.createContainer('none', containerConfig('true'), sandboxConfig())
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      expect(isNotFound(error)).toBe(true);
    });

    it('runs a command in a container and gives output and exit code', async () => {
      const container = await startContainer('sleep 3600');
      const result = await setUp().runtime.execSync(container, ['sh', '-c', 'echo out; echo err >&2; exit 7'], 10);
      expect(result).toMatchObject({ exitCode: 7 });
      expect([result.stdout.toString(), result.stderr.toString()]).toEqual(['out\n', 'err\n']);
    });

    it('ends a command at its timeout', async () => {
      const container = await startContainer('sleep 3600');
      const error = await setUp()
        .runtime.execSync(container, ['sleep', '30'], 1)
        .then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
      expect(reasonOf(error)).toBe('Timeout');
    });

    if (streaming) {
      it('streams a command: stdin to stdout, then the exit code', async () => {
        const container = await startContainer('sleep 3600');
        const options = { tty: false, stdin: true, stdout: true, stderr: true };
        const session = await setUp().runtime.exec(container, ['cat'], options);
        session.stdin?.end('through the pipe');
        const chunks: Buffer[] = [];
        for await (const chunk of session.stdout ?? []) chunks.push(chunk as Buffer);
        expect(Buffer.concat(chunks).toString()).toBe('through the pipe');
        expect(await session.outcome).toEqual({ exitCode: 0 });
        session.close();
      });

      it('streams the exit code of a command that fails', async () => {
        const container = await startContainer('sleep 3600');
        const options = { tty: false, stdin: false, stdout: true, stderr: true };
        const session = await setUp().runtime.exec(container, ['sh', '-c', 'exit 4'], options);
        session.stdout?.resume();
        session.stderr?.resume();
        expect((await session.outcome).exitCode).toBe(4);
        session.close();
      });
    }

    it('knows the images it has', async () => {
      const { runtime, image } = setUp();
      await startContainer('true');
      const status = await runtime.imageStatus(image);
      expect(status?.id).toMatch(/^sha256:/);
      const listed = await runtime.listImages();
      expect(listed.map(({ id }) => id)).toContain(status?.id);
    });

    it('reports stats of running containers', async () => {
      const container = await startContainer('sleep 3600');
      const stats = await setUp().runtime.listContainerStats({ podSandboxId: sandboxes[0] });
      expect(stats.map(({ id }) => id)).toEqual([container]);
    });
  });
}

declare global {
  namespace jest {
    interface Matchers<R> {
      toSatisfyReason(reason: string): R;
    }
  }
}

/** Registers the matcher above; called by the specs before the contract. */
export function addReasonMatcher(): void {
  expect.extend({
    toSatisfyReason(error: unknown, reason: string) {
      const actual = reasonOf(error);
      return { pass: actual === reason, message: () => `expected reason ${reason}, got ${actual}: ${String(error)}` };
    },
  });
}
