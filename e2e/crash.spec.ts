import { readlinkSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { TestCluster, eventually, repositoryRoot, startCluster } from '@nestor/testing';
import { idleDeployment } from './manifests';

/** kill -9 of each process in turn while a rollout is under way: the rollout still ends right, and nothing is lost. */
describe('a rollout through crashes', () => {
  let cluster: TestCluster;
  const out = async (...args: string[]) => (await cluster.kubectl(args)).stdout;

  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 5 });
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(idleDeployment('steady', 40)) });
    await out('rollout', 'status', 'deployment/steady', '--timeout=120s');
  }, 300_000);
  afterAll(() => cluster?.stop());

  it('runs its apps on the Node that is installed with them, whichever one started it', () => {
    const installed = realpathSync(join(repositoryRoot(), 'node_modules/.bin/node'));
    const processes = cluster.processes();
    for (const app of ['apiserver', 'scheduler', 'controller-manager']) {
      expect([app, readlinkSync(`/proc/${processes[app]}/exe`)]).toEqual([app, installed]);
    }
  });

  it('ends right whatever is killed', async () => {
    const names = Object.keys(cluster.processes());
    expect(names).toEqual(expect.arrayContaining(['postgres', 'apiserver', 'scheduler', 'controller-manager']));
    for (const [round, name] of names.entries()) {
      await eventually(() => out('set', 'image', 'deployment/steady', `main=busybox:round-${round}`), {
        timeoutMs: 60_000,
        intervalMs: 500,
      });
      const pid = cluster.processes()[name];
      if (pid === undefined) throw new Error(`${name} is not running`);
      process.kill(pid, 'SIGKILL');
      await eventually(() => out('rollout', 'status', 'deployment/steady', '--timeout=60s'), {
        timeoutMs: 180_000,
        intervalMs: 1000,
      });
      const images = (
        await out(
          'get',
          'pods',
          '-l',
          'app=steady',
          '--field-selector=status.phase=Running',
          '-o',
          'jsonpath={.items[*].spec.containers[0].image}',
        )
      ).split(' ');
      expect(images.filter((image) => image === `busybox:round-${round}`).length).toBeGreaterThanOrEqual(40);
    }
    const status = JSON.parse(await out('get', 'deployment', 'steady', '-o', 'json')).status;
    expect(status).toMatchObject({ replicas: 40, updatedReplicas: 40, readyReplicas: 40, availableReplicas: 40 });
  }, 1_200_000);

  it('finds all objects again after down and up', async () => {
    const before = await out('get', 'deployments,configmaps,services', '-A', '-o', 'name');
    await cluster.down();
    await cluster.up();
    expect(await out('get', 'deployments,configmaps,services', '-A', '-o', 'name')).toBe(before);
    await out('rollout', 'status', 'deployment/steady', '--timeout=120s');
  }, 300_000);
});
