import { TestCluster, eventually, startCluster } from '@nestor/testing';
import { idleDeployment } from './manifests';

/** One trace joins all components that have a part in a pod's creation. */
describe('the trace of a pod', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 1 });
  }, 240_000);
  afterAll(() => cluster?.stop(), 60_000);

  it('goes from the API server over controllers, scheduler and kubelet back to the status', async () => {
    await cluster.kubectl(['apply', '-f', '-'], { input: JSON.stringify(idleDeployment('traced', 1)) });
    await cluster.kubectl(['rollout', 'status', 'deployment/traced', '--timeout=60s']);
    const pod = (await cluster.kubectl(['get', 'pods', '-l', 'app=traced', '-o', 'jsonpath={.items[0].metadata.name}']))
      .stdout;
    await eventually(async () => {
      const { code, output } = await cluster.nestor('trace', `default/${pod}`);
      expect(code).toBe(0);
      for (const component of ['apiserver', 'controller-manager', 'scheduler', 'kubelet'])
        expect(output).toContain(component);
      expect(output).toMatch(/RunPodSandbox/);
    });
  }, 90_000);
});
