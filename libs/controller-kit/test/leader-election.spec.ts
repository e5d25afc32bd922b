import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { KubernetesClient, refs } from '@nestor/client';
import { eventually, repositoryRoot, startApiServer, startProcess, type TestApiServer } from '@nestor/testing';

const isBuilt =
  existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js')) &&
  existsSync(join(repositoryRoot(), 'libs/controller-kit/dist/index.js'));
if (!isBuilt) console.warn('skipped: the API server or the kit is not built');

/**
 * Three processes, one at work. The one at work is stopped dead again and again and goes on later, in the middle of
 * what it did: nothing it writes may come after the first write of its successor.
 */
(isBuilt ? describe : describe.skip)('controllers with leader election', () => {
  let server: TestApiServer;
  let client: KubernetesClient;
  const names = ['one', 'two', 'three'];
  const processes = new Map<string, ReturnType<typeof startProcess>>();

  beforeAll(async () => {
    server = await startApiServer();
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    for (const name of names) {
      const args = [join(__dirname, 'busy-controller.cjs'), server.adminKubeconfig, name];
      processes.set(name, startProcess(process.execPath, { args, cwd: repositoryRoot() }));
    }
  }, 120_000);
  afterAll(async () => {
    for (const { child } of processes.values()) child.kill('SIGCONT');
    await Promise.all([...processes.values()].map((one) => one.stop()));
    client?.close();
    await server?.stop();
  });

  const written = async (): Promise<string[]> => {
    const { items } = await client.resource(refs.configMaps).list({ namespace: 'default' });
    return items
      .map(({ metadata }) => ({ writer: metadata.name?.split('-')[0] ?? '', at: Number(metadata.resourceVersion) }))
      .filter(({ writer }) => names.includes(writer))
      .sort((a, b) => a.at - b.at)
      .map(({ writer }) => writer);
  };
  const otherThan = (name: string | undefined): Promise<string> =>
    eventually(
      async () => {
        const last = (await written()).at(-1);
        if (!last || last === name) throw new Error(`nobody but ${name} has written`);
        return last;
      },
      { timeoutMs: 60_000, intervalMs: 50 },
    );

  it('are never two at work, whatever moment the leader is stopped and goes on', async () => {
    const takeOvers: number[] = [];
    const terms = [await otherThan(undefined)];
    for (let round = 0; round < 4; round++) {
      const leader = terms.at(-1)!;
      const { child } = processes.get(leader)!;
      await pause(Math.random() * 700);
      child.kill('SIGSTOP');
      const stopped = performance.now();
      terms.push(await otherThan(leader));
      takeOvers.push(performance.now() - stopped);
      child.kill('SIGCONT');
      await pause(300);
    }
    console.info(`taken over after ${takeOvers.map((ms) => `${(ms / 1000).toFixed(1)} s`).join(', ')}`);
    // The writers in the order of revisions are the terms: nobody comes back within another's.
    const order = (await written()).filter((writer, at, all) => writer !== all[at - 1]);
    expect(order).toEqual(terms);
  }, 300_000);
});
