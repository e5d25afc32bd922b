import { TestCluster, eventually, startCluster } from '@nestor/testing';
import { idleDeployment } from './manifests';

/** One trace joins all components that have a part in a pod's creation. */
describe('the trace of a pod', () => {
  let cluster: TestCluster;
  beforeAll(async () => {
    cluster = await startCluster({ runtime: 'sim', nodes: 1 });
  }, 240_000);
  afterAll(() => cluster?.stop());

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
      // One tree, from what kubectl asked for down to the pod's status.
      const depth = (step: string) =>
        output
          .split('\n')
          .find((line) => line.includes(step))
          ?.indexOf('[') ?? -1;
      const steps = [
        '[apiserver] create deployments',
        'deployment-controller reconcile',
        '[apiserver] create replicasets',
        'replicaset-controller reconcile',
        '[apiserver] create pods',
        'kubelet sync pod',
        '[apiserver] patch pods/status',
      ].map(depth);
      expect(Math.min(...steps)).toBeGreaterThan(0);
      expect(steps).toEqual([...steps].sort((a, b) => a - b));
      expect(new Set(steps).size).toBe(steps.length);
    });
  });
});
