import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Deployment, HorizontalPodAutoscaler, Pod } from '@nestor/api';
import { refs } from '@nestor/client';
import { ControllerTestBed } from '@nestor/controller-kit';
import { ClusterPki } from '@nestor/pki';
import { eventually, kubectl, repositoryRoot, startMetricsServer, type TestMetricsServer } from '@nestor/testing';
import { HorizontalPodAutoscalerModule } from './horizontal-pod-autoscaler.module';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const namespace = 'default';
type Metric = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['metrics']>[number];

(isBuilt ? describe : describe.skip)('HorizontalPodAutoscalerReconciler', () => {
  let bed: ControllerTestBed;
  let metrics: TestMetricsServer;

  beforeAll(async () => {
    const options = { syncPeriodMs: 100, downscaleStabilizationMs: 0 };
    bed = await ControllerTestBed.start({ modules: [HorizontalPodAutoscalerModule.forRoot(options)] });
    const metadata = { name: 'default', namespace };
    await bed.client.resource(refs.serviceAccounts).create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  });
  afterAll(async () => {
    await metrics?.stop();
    await bed?.stop();
  });

  const run = async (...args: string[]): Promise<string> =>
    (await kubectl(args, { kubeconfig: bed.kubeconfig })).stdout;

  /** A Deployment without a controller: its status and pods are what a test makes them. */
  async function deployment(name: string, replicas: number): Promise<void> {
    const client = bed.client.resource(refs.deployments);
    const made: Deployment = await client.create({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name, namespace },
      spec: {
        replicas,
        selector: { matchLabels: { app: name } },
        template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'main', image: 'x' }] } },
      },
    });
    await client.updateStatus({ ...made, status: { replicas } });
    await Promise.all(Array.from({ length: replicas }, (_, index) => runningPod(`${name}-${index}`, name)));
  }

  async function runningPod(name: string, app: string): Promise<void> {
    const client = bed.client.resource(refs.pods);
    const made: Pod = await client.create({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace, labels: { app } },
      spec: { nodeName: 'n1', containers: [{ name: 'main', image: 'x', resources: { requests: { cpu: '100m' } } }] },
    });
    const longAgo = '2020-01-01T00:00:00Z';
    const conditions = [{ type: 'Ready', status: 'True', lastTransitionTime: longAgo }];
    await client.updateStatus({ ...made, status: { phase: 'Running', startTime: longAgo, conditions } });
  }

  function autoscaler(name: string, metric: Metric, max = 10, target: object = {}): Promise<HorizontalPodAutoscaler> {
    return bed.client.resource(refs.horizontalPodAutoscalers).create({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name, namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name, ...target },
        maxReplicas: max,
        metrics: [metric],
      },
    });
  }

  const replicasOf = async (name: string): Promise<number | undefined> =>
    (await bed.client.resource(refs.deployments).get(name, namespace)).spec?.replicas;
  const conditionsOf = async (name: string): Promise<Record<string, string>> => {
    const { status } = await bed.client.resource(refs.horizontalPodAutoscalers).get(name, namespace);
    return Object.fromEntries(
      (status?.conditions ?? []).map(({ type, status: is, reason }) => [type, `${is} ${reason}`]),
    );
  };
  const reasonsOf = async (name: string): Promise<string[]> => {
    const fieldSelector = `involvedObject.name=${name}`;
    const { items } = await bed.client.resource(refs.events).list({ namespace, fieldSelector });
    return items.map(({ reason, message }) => `${reason}: ${message}`);
  };
  const cpu = (averageUtilization: number): Metric => ({
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } },
  });

  it('says what is missing while nobody measures', async () => {
    await deployment('web', 2);
    await autoscaler('web', cpu(50), 3);
    await eventually(async () => {
      expect(await conditionsOf('web')).toEqual({
        AbleToScale: 'True SucceededGetScale',
        ScalingActive: 'False FailedGetResourceMetric',
      });
      const why =
        'failed to get cpu utilization: unable to get metrics for resource cpu: unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)';
      expect(await reasonsOf('web')).toEqual(
        expect.arrayContaining([
          `FailedGetResourceMetric: ${why}`,
          `FailedComputeMetricsReplicas: invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
        ]),
      );
    });
  });

  it('scales by what metrics.k8s.io says, up to the maximum and down again', async () => {
    metrics = await startMetricsServer(await ClusterPki.open(join(dirname(bed.kubeconfig), 'pki')));
    const items = metrics.manifests();
    for (const index of [0, 1]) metrics.pods.set(`${namespace}/web-${index}`, { main: { cpu: '120m' } });
    await kubectl(['apply', '-f', '-'], {
      kubeconfig: bed.kubeconfig,
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }),
    });
    await eventually(async () => expect(await replicasOf('web')).toBe(3));
    await eventually(async () =>
      expect(await conditionsOf('web')).toEqual({
        AbleToScale: expect.stringMatching(/^True (SucceededRescale|ReadyForNewScale)$/),
        ScalingActive: 'True ValidMetricFound',
        ScalingLimited: 'True TooManyReplicas',
      }),
    );
    await eventually(async () =>
      expect(await reasonsOf('web')).toContain(
        'SuccessfulRescale: New size: 3; reason: cpu resource utilization (percentage of request) above target',
      ),
    );
    expect(await run('get', 'hpa', 'web', '--no-headers')).toMatch(/^web +Deployment\/web +cpu: 120%\/50% +1 +3 +\d /);
    const older = await run(
      'get',
      'horizontalpodautoscalers.v1.autoscaling',
      'web',
      '-o',
      'jsonpath={.status.currentCPUUtilizationPercentage}',
    );
    expect(older).toBe('120');

    for (const index of [0, 1]) metrics.pods.set(`${namespace}/web-${index}`, { main: { cpu: '10m' } });
    await eventually(async () => expect(await replicasOf('web')).toBe(1));
    await eventually(async () =>
      expect(await reasonsOf('web')).toContain('SuccessfulRescale: New size: 1; reason: All metrics below target'),
    );
  });

  it.each<[string, Metric, () => void, number]>([
    [
      'containers',
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'main', target: { type: 'Utilization', averageUtilization: 50 } },
      },
      () => [0, 1].forEach((index) => metrics.pods.set(`${namespace}/containers-${index}`, { main: { cpu: '75m' } })),
      3,
    ],
    [
      'pods',
      { type: 'Pods', pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '10' } } },
      () => metrics.custom.set('pods/*/qps', { 'pods-0': '15', 'pods-1': '25' }),
      4,
    ],
    [
      'object',
      {
        type: 'Object',
        object: {
          describedObject: { apiVersion: 'v1', kind: 'Service', name: 'front' },
          metric: { name: 'hits' },
          target: { type: 'Value', value: '2k' },
        },
      },
      () => metrics.custom.set('services/front/hits', { front: '3k' }),
      3,
    ],
    [
      'external',
      {
        type: 'External',
        external: {
          metric: { name: 'queue', selector: { matchLabels: { topic: 'a' } } },
          target: { type: 'AverageValue', averageValue: '30' },
        },
      },
      () => metrics.external.set('queue', ['50', '60500m']),
      4,
    ],
  ])('scales by %s metrics', async (name, metric, measure, expected) => {
    measure();
    await deployment(name, 2);
    await autoscaler(name, metric);
    await eventually(async () => expect(await replicasOf(name)).toBe(expected));
    const { status } = await bed.client.resource(refs.horizontalPodAutoscalers).get(name, namespace);
    await eventually(async () => expect((await conditionsOf(name))['ScalingActive']).toBe('True ValidMetricFound'));
    expect(status?.currentMetrics ?? []).not.toContainEqual({ type: '' });
  });

  it('scales whatever has a scale', async () => {
    const definition = {
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
            subresources: {
              status: {},
              scale: {
                specReplicasPath: '.spec.replicas',
                statusReplicasPath: '.status.replicas',
                labelSelectorPath: '.status.selector',
              },
            },
          },
        ],
      },
    };
    await kubectl(['apply', '-f', '-'], { kubeconfig: bed.kubeconfig, input: JSON.stringify(definition) });
    await run('wait', '--for=condition=established', 'crd/widgets.example.com');
    const widgets = bed.client.resource({
      group: 'example.com',
      version: 'v1',
      plural: 'widgets',
      kind: 'Widget',
      namespaced: true,
    });
    const metadata = { name: 'custom', namespace };
    const made = await widgets.create({
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata,
      spec: { replicas: 2 },
    });
    await widgets.updateStatus({ ...made, status: { replicas: 2, selector: 'app=custom' } });
    metrics.external.set('orders', ['90']);
    const external = { metric: { name: 'orders' }, target: { type: 'AverageValue', averageValue: '30' } };
    await autoscaler('custom', { type: 'External', external }, 10, { apiVersion: 'example.com/v1', kind: 'Widget' });
    // Before the kind is known to be there, a look ends with FailedGetScale.
    await eventually(async () => expect((await widgets.get('custom', namespace))['spec']).toEqual({ replicas: 3 }), {
      timeoutMs: 60_000,
    });
  });

  it('follows bounds without any metric, and stays away from what is off', async () => {
    await deployment('large', 5);
    await autoscaler('large', cpu(50), 2);
    await eventually(async () => expect(await replicasOf('large')).toBe(2));
    await eventually(async () =>
      expect(await reasonsOf('large')).toContain(
        'SuccessfulRescale: New size: 2; reason: Current number of replicas above Spec.MaxReplicas',
      ),
    );
    await deployment('off', 0);
    await autoscaler('off', cpu(50));
    await eventually(async () => expect((await conditionsOf('off'))['ScalingActive']).toBe('False ScalingDisabled'));
    expect(await replicasOf('off')).toBe(0);
  });

  it('says when there is nothing to scale, and when two want the same', async () => {
    await autoscaler('lost', cpu(50), 3, { kind: 'Ghost', apiVersion: 'nowhere.io/v1' });
    await eventually(async () => expect(await conditionsOf('lost')).toEqual({ AbleToScale: 'False FailedGetScale' }));
    await autoscaler('rival', cpu(50), 3, { name: 'web' });
    await eventually(async () =>
      expect((await conditionsOf('rival'))['ScalingActive']).toBe('False AmbiguousSelector'),
    );
  });
});
