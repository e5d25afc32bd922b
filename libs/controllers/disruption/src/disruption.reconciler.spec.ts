import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { reasonOf, type Pod, type PodDisruptionBudget } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { eventually, kubectl, repositoryRoot, startKubectl } from '@nestor/testing';
import { DisruptionModule } from './disruption.module';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const widgets = { group: 'example.com', version: 'v1', plural: 'widgets', kind: 'Widget', namespaced: true };
const widgetDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        subresources: { scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' } },
      },
    ],
  },
};

(isBuilt ? describe : describe.skip)('DisruptionReconciler', () => {
  let bed: ControllerTestBed;

  beforeAll(async () => {
    bed = await ControllerTestBed.start({ modules: [DisruptionModule] });
    await kubectl(['apply', '-f', '-'], { kubeconfig: bed.kubeconfig, input: JSON.stringify(widgetDefinition) });
    await kubectl(['wait', '--for=condition=established', 'crd/widgets.example.com'], { kubeconfig: bed.kubeconfig });
    const metadata = { name: 'default', namespace: 'default' };
    await bed.client.resource(refs.serviceAccounts).create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    await bed.client.resource(refs.nodes).create({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  });
  afterAll(() => bed?.stop());

  async function runningPod(name: string, app: string, ownerReferences?: Pod['metadata']['ownerReferences']) {
    const client = bed.client.resource(refs.pods);
    const made = await client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'default', labels: { app }, ownerReferences },
      spec: { nodeName: 'n1', terminationGracePeriodSeconds: 0, containers: [{ name: 'main', image: 'x' }] },
    });
    const conditions = [{ type: 'Ready', status: 'True' }];
    await client.updateStatus({ ...made, status: { phase: 'Running', conditions } });
  }

  function createBudget(name: string, spec: PodDisruptionBudget['spec']) {
    const selector = { matchLabels: { app: name } };
    return bed.client.resource(refs.podDisruptionBudgets).create({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name, namespace: 'default' },
      spec: { selector, ...spec },
    });
  }

  const statusOf = async (name: string): Promise<PodDisruptionBudget['status']> =>
    (await bed.client.resource(refs.podDisruptionBudgets).get(name, 'default')).status;
  const expectStatus = (name: string, status: object): Promise<void> =>
    eventually(async () => expect(await statusOf(name)).toMatchObject(status));

  it('counts pods nobody owns where a plain number is asked for, and cannot otherwise', async () => {
    await runningPod('loose-1', 'loose');
    await runningPod('loose-2', 'loose');
    await createBudget('loose', { minAvailable: 1 });
    await expectStatus('loose', { currentHealthy: 2, desiredHealthy: 1, expectedPods: 2, disruptionsAllowed: 1 });
    const budgets = bed.client.resource(refs.podDisruptionBudgets);
    await budgets.patch('loose', 'default', 'merge', { spec: { minAvailable: null, maxUnavailable: 1 } });
    await expectStatus('loose', { expectedPods: 0, disruptionsAllowed: 0, observedGeneration: 2 });
    await eventually(async () => {
      const { items } = await bed.client.resource(refs.events).list({ namespace: 'default' });
      expect(items.map(({ reason }) => reason)).toContain('UnmanagedPods');
    });
  });

  it('keeps the desired number whoever evicts while it counts', async () => {
    const names = Array.from({ length: 12 }, (_, index) => `crowd-${index}`);
    await Promise.all(names.map((name) => runningPod(name, 'crowd')));
    await createBudget('crowd', { minAvailable: 8 });
    await expectStatus('crowd', { currentHealthy: 12, disruptionsAllowed: 4 });
    const pods = bed.client.resource(refs.pods);
    const evict = (name: string): Promise<string> =>
      bed.client
        .raw({
          method: 'POST',
          path: `/api/v1/namespaces/default/pods/${name}/eviction`,
          body: { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } },
        })
        .then(
          () => 'evicted',
          (error: unknown) => reasonOf(error),
        );
    const outcomes: string[] = [];
    // Again and again, so that evictions meet every state that the controller goes through.
    for (let round = 0; round < 5; round++) outcomes.push(...(await Promise.all(names.map(evict))));
    expect(outcomes.filter((outcome) => outcome === 'evicted')).toHaveLength(4);
    expect(new Set(outcomes)).toEqual(new Set(['evicted', 'TooManyRequests', 'NotFound']));
    expect((await pods.list({ labelSelector: 'app=crowd' })).items).toHaveLength(8);
    await expectStatus('crowd', { currentHealthy: 8, disruptionsAllowed: 0 });
  });

  it('follows the number that a StatefulSet wants', async () => {
    const labels = { app: 'ordered' };
    const sets = bed.client.resource(refs.statefulSets);
    const { metadata } = await sets.create({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'ordered', namespace: 'default' },
      spec: {
        replicas: 4,
        serviceName: 'ordered',
        selector: { matchLabels: labels },
        template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'x' }] } },
      },
    });
    const owner = {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      name: 'ordered',
      uid: metadata.uid ?? '',
      controller: true,
    };
    for (const index of [0, 1, 2]) await runningPod(`ordered-${index}`, 'ordered', [owner]);
    await createBudget('ordered', { minAvailable: '50%' });
    await expectStatus('ordered', { expectedPods: 4, desiredHealthy: 2, currentHealthy: 3, disruptionsAllowed: 1 });
    await sets.patch('ordered', 'default', 'merge', { spec: { replicas: 6 } });
    await expectStatus('ordered', { expectedPods: 6, desiredHealthy: 3, disruptionsAllowed: 0 });
  });

  it('fails safe where an owner cannot be asked', async () => {
    const owner = { apiVersion: 'nowhere.io/v1', kind: 'Ghost', name: 'g', uid: 'g', controller: true };
    await runningPod('ghost-1', 'ghost', [owner]);
    await createBudget('ghost', { maxUnavailable: 1 });
    const message = 'no matches for kind "Ghost" in group "nowhere.io"';
    await expectStatus('ghost', { disruptionsAllowed: 0, conditions: [{ reason: 'SyncFailed', message }] });
  });

  it('lets kubectl drain a node as fast as the scale of a custom owner allows', async () => {
    const widgetClient = bed.client.resource(widgets);
    const widget = await widgetClient.create({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'drained', namespace: 'default' },
      spec: { replicas: 2 },
    });
    const uid = widget.metadata.uid ?? '';
    const owner = { apiVersion: 'example.com/v1', kind: 'Widget', name: 'drained', uid, controller: true };
    await runningPod('drained-1', 'drained', [owner]);
    await runningPod('drained-2', 'drained', [owner]);
    await createBudget('drained', { maxUnavailable: '50%' });
    await expectStatus('drained', { expectedPods: 2, disruptionsAllowed: 1 });

    const drain = startKubectl(['drain', 'n1', '--pod-selector=app=drained'], { kubeconfig: bed.kubeconfig });
    await expectStatus('drained', { expectedPods: 2, currentHealthy: 1, disruptionsAllowed: 0 });
    await eventually(() =>
      expect(drain.output()).toContain("Cannot evict pod as it would violate the pod's disruption budget."),
    );
    await widgetClient.patch('drained', 'default', 'merge', { spec: { replicas: 1 } });
    // Nothing tells of another kind's scale; a change of the budget makes it be asked for again.
    const budgets = bed.client.resource(refs.podDisruptionBudgets);
    await budgets.patch('drained', 'default', 'merge', { spec: { maxUnavailable: 1 } });
    expect(await drain.exited).toBe(0);
    expect(drain.output()).toContain('node/n1 drained');
    const { items } = await bed.client.resource(refs.pods).list({ labelSelector: 'app=drained' });
    expect(items).toEqual([]);
  });
});
