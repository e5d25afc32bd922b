import { TestCluster, eventually, startCluster } from '@nestor/testing';
import { idleDeployment } from './manifests';

const replicas = 3000;

/** A large deployment on a hundred simulated nodes. The time is printed, not asserted. */
describe('a hundred nodes', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 100 });
  }, 300_000);
  afterAll(() => cluster?.stop(), 120_000);

  it('run three thousand pods of one deployment', async () => {
    const started = Date.now();
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(idleDeployment('many', replicas)) });
    const ready = () => cluster.kubectl(['get', 'deployment', 'many', '-o', 'jsonpath={.status.readyReplicas}']);
    await eventually(async () => expect((await ready()).stdout).toBe(String(replicas)), {
      timeoutMs: 280_000,
      intervalMs: 500,
    });
    process.stderr.write(
      `${replicas} pods on 100 simulated nodes were Running after ${((Date.now() - started) / 1000).toFixed(1)} s\n`,
    );
    const running = await cluster.kubectl([
      'get',
      'pods',
      '-l',
      'app=many',
      '--field-selector=status.phase=Running',
      '-o',
      'name',
    ]);
    expect(running.stdout.trim().split('\n')).toHaveLength(replicas);
    const nodes = await cluster.kubectl(['get', 'nodes', '-o', 'name']);
    expect(nodes.stdout.trim().split('\n')).toHaveLength(100);
  }, 300_000);
});
