import { changed, created, createErrors, definitionOf, updateErrors } from '../../test/created';
import type { ApiObject, HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../meta/json-types';

const autoscaler = {
  apiVersion: 'autoscaling/v2',
  kind: 'HorizontalPodAutoscaler',
  metadata: { name: 'web', namespace: 'default' },
  spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' } },
};
const older = { ...autoscaler, apiVersion: 'autoscaling/v1' };
const withMetrics = (...metrics: object[]): object => changed(autoscaler, { spec: { metrics } });
const withRules = (rules: object): object => changed(autoscaler, { spec: { behavior: { scaleUp: rules } } });
const cpu = (target: object): object => ({ type: 'Resource', resource: { name: 'cpu', target } });
const half = cpu({ type: 'Utilization', averageUtilization: 50 });

describe('HorizontalPodAutoscaler', () => {
  it('aims for 80% of the requested CPU unless it says otherwise', () => {
    const { spec, status } = created<HorizontalPodAutoscaler>(autoscaler);
    expect(spec).toMatchObject({
      minReplicas: 1,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
    });
    expect(spec).not.toHaveProperty('behavior');
    expect(status).toEqual({ desiredReplicas: 0 });
  });

  it('fills in all rules where there is one', () => {
    const given = changed(autoscaler, { spec: { behavior: { scaleDown: { selectPolicy: 'Min', tolerance: '50m' } } } });
    expect(created<HorizontalPodAutoscaler>(given).spec?.behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: 'Max',
        policies: [
          { type: 'Pods', value: 4, periodSeconds: 15 },
          { type: 'Percent', value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        selectPolicy: 'Min',
        tolerance: '50m',
        policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
      },
    });
  });

  it.each<[string, object, string[]]>([
    ['nothing wrong', autoscaler, []],
    [
      'no room',
      changed(autoscaler, { spec: { minReplicas: 0, maxReplicas: 0 } }),
      [
        'spec.minReplicas: Invalid value: 0: must be greater than or equal to 1',
        'spec.maxReplicas: Invalid value: 0: must be greater than 0',
        'spec.metrics: Forbidden: must specify at least one Object or External metric to support scaling to zero replicas',
      ],
    ],
    [
      'a minimum above the maximum',
      changed(autoscaler, { spec: { minReplicas: 7 } }),
      ['spec.maxReplicas: Invalid value: 5: must be greater than or equal to `minReplicas`'],
    ],
    [
      'no target',
      changed(autoscaler, { spec: { scaleTargetRef: { kind: '', name: 'a/b' } } }),
      [
        'spec.scaleTargetRef.kind: Required value',
        `spec.scaleTargetRef.name: Invalid value: "a/b": may not contain '/'`,
      ],
    ],
    [
      'a target of no group',
      changed(autoscaler, { spec: { scaleTargetRef: { apiVersion: 'v1' } } }),
      ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
    ],
    [
      'a target of the core group that has a scale',
      changed(autoscaler, { spec: { scaleTargetRef: { apiVersion: 'v1', kind: 'ReplicationController' } } }),
      [],
    ],
    [
      'a target of too many parts',
      changed(autoscaler, { spec: { scaleTargetRef: { apiVersion: 'a/b/c' } } }),
      ['spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
    ],
    [
      'an unknown source',
      withMetrics({ type: 'Guess' }),
      Array<string>(2).fill(
        'spec.metrics[0].type: Unsupported value: "Guess": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ),
    ],
    [
      'another source than it says',
      withMetrics({ ...half, type: 'Pods' }),
      ['spec.metrics[0].pods: Required value: must populate information for the given metric source'],
    ],
    [
      'two sources',
      withMetrics({ ...half, pods: { metric: { name: 'qps' }, target: { type: 'AverageValue', averageValue: '1' } } }),
      ['spec.metrics[0].pods: Forbidden: must populate the given metric source only'],
    ],
    [
      'no aim',
      withMetrics(cpu({ type: 'Utilization' })),
      [
        'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      ],
    ],
    [
      'two aims',
      withMetrics(cpu({ type: 'Utilization', averageUtilization: 0, averageValue: '-1' })),
      [
        'spec.metrics[0].resource.target.averageUtilization: Invalid value: 0: must be greater than 0',
        'spec.metrics[0].resource.target.averageValue: Invalid value: "-1": must be positive',
        'spec.metrics[0].resource.target.averageValue: Forbidden: may not set both a target raw value and a target utilization',
      ],
    ],
    [
      'a container without a name',
      withMetrics({
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: '', target: { type: 'Percent', averageUtilization: 5 } },
      }),
      [
        'spec.metrics[0].containerResource.container: Required value: must specify a container',
        'spec.metrics[0].containerResource.target.type: Invalid value: "Percent": must be either Utilization, Value, or AverageValue',
      ],
    ],
    [
      'an external metric of two values',
      withMetrics({
        type: 'External',
        external: { metric: { name: 'a/b' }, target: { type: 'Value', value: '1', averageValue: '1' } },
      }),
      [
        `spec.metrics[0].external.metric.name: Invalid value: "a/b": may not contain '/'`,
        'spec.metrics[0].external.target.value: Forbidden: may not set both a target value for metric and a per-pod target',
      ],
    ],
    [
      'an object without value',
      withMetrics({
        type: 'Object',
        object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'm' }, target: { type: 'Value' } },
      }),
      ['spec.metrics[0].object.target.averageValue: Required value: must set either a target value or averageValue'],
    ],
    [
      'rules that cannot be',
      withRules({
        stabilizationWindowSeconds: 3601,
        selectPolicy: 'All',
        tolerance: '-100m',
        policies: [{ type: 'Nodes', value: 0, periodSeconds: 1801 }],
      }),
      [
        'spec.behavior.scaleUp.stabilizationWindowSeconds: Invalid value: 3601: must be less than or equal to 3600',
        'spec.behavior.scaleUp.selectPolicy: Unsupported value: "All": supported values: "Disabled", "Max", "Min"',
        'spec.behavior.scaleUp.policies[0].type: Unsupported value: "Nodes": supported values: "Percent", "Pods"',
        'spec.behavior.scaleUp.policies[0].value: Invalid value: 0: must be greater than zero',
        'spec.behavior.scaleUp.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
        'spec.behavior.scaleUp.tolerance: Invalid value: "-100m": must be greater than or equal to 0',
      ],
    ],
    [
      'no policy',
      withRules({ policies: [] }),
      ['spec.behavior.scaleUp.policies: Required value: must specify at least one Policy'],
    ],
  ])('with %s', (_, manifest, messages) => expect(createErrors(manifest)).toEqual(messages));

  it('may keep what it had', () => {
    const before = changed(autoscaler, { spec: { scaleTargetRef: { apiVersion: 'v1' } } });
    expect(updateErrors(before, changed(before, { spec: { maxReplicas: 7 } }))).toEqual([]);
    expect(updateErrors(autoscaler, before)).toHaveLength(1);
  });

  it('checks its status', () => {
    const next = { ...autoscaler, status: { currentReplicas: -1, desiredReplicas: -2 } };
    expect(updateErrors(autoscaler, next, 'status')).toEqual([
      'status.currentReplicas: Invalid value: -1: must be greater than or equal to 0',
      'status.desiredReplicas: Invalid value: -2: must be greater than or equal to 0',
    ]);
  });

  it('shows what is over what should be', () => {
    const { cells } = definitionOf('autoscaling/v2', 'HorizontalPodAutoscaler');
    const shown = (manifest: object): unknown[] => cells(manifest as ApiObject, new Date()).slice(1, 6);
    const current = {
      type: 'Resource',
      resource: { name: 'cpu', current: { averageUtilization: 40, averageValue: '1' } },
    };
    const pods = { type: 'Pods', pods: { metric: { name: 'q' }, target: { type: 'AverageValue', averageValue: '2' } } };
    const external = {
      type: 'External',
      external: { metric: { name: 'e' }, target: { type: 'AverageValue', averageValue: '3' } },
    };
    expect(shown(created(withMetrics(half)))).toEqual(['Deployment/web', 'cpu: <unknown>/50%', '1', 5, 0]);
    const measured = {
      ...withMetrics(half, pods, external),
      status: { currentMetrics: [current], currentReplicas: 3 },
    };
    expect(shown(measured)).toEqual(['Deployment/web', 'cpu: 40%/50%, <unknown>/2 + 1 more...', '<unset>', 5, 3]);
    expect(shown(withMetrics(external))[1]).toBe('<unknown>/3 (avg)');
  });
});

describe('autoscaling/v1 and v2', () => {
  const { conversion } = definitionOf('autoscaling/v1', 'HorizontalPodAutoscaler');
  const toV1 = (object: object): HorizontalPodAutoscalerV1 =>
    conversion!.fromStorage(object as ApiObject) as unknown as HorizontalPodAutoscalerV1;
  const toV2 = (object: object): HorizontalPodAutoscaler =>
    conversion!.toStorage(object as ApiObject) as unknown as HorizontalPodAutoscaler;

  it('have CPU in common', () => {
    const given = changed(older, { spec: { targetCPUUtilizationPercentage: 60 } });
    const stored = toV2(created(given));
    expect(stored).toMatchObject({
      apiVersion: 'autoscaling/v2',
      spec: { metrics: [cpu({ averageUtilization: 60 })] },
    });
    expect(toV1(stored)).toMatchObject(given);
    expect(toV2(created(older)).spec?.metrics).toEqual([cpu({ type: 'Utilization', averageUtilization: 80 })]);
  });

  it('keep everything else in annotations', () => {
    const selector = { matchLabels: { a: 'b' } };
    const ref = { kind: 'Service', name: 's', apiVersion: 'v1' };
    const metrics = [
      half,
      cpu({ type: 'AverageValue', averageValue: '100m' }),
      {
        type: 'ContainerResource',
        containerResource: { name: 'cpu', container: 'c', target: { type: 'Utilization', averageUtilization: 5 } },
      },
      {
        type: 'Pods',
        pods: { metric: { name: 'qps', selector }, target: { type: 'AverageValue', averageValue: '1k' } },
      },
      {
        type: 'Object',
        object: { describedObject: ref, metric: { name: 'hits' }, target: { type: 'Value', value: '2k' } },
      },
      {
        type: 'External',
        external: { metric: { name: 'queue', selector }, target: { type: 'AverageValue', averageValue: '30' } },
      },
    ];
    const stored = created<ApiObject>(
      changed(withMetrics(...metrics), {
        spec: { behavior: { scaleDown: { selectPolicy: 'Disabled', tolerance: '1' } } },
      }),
    );
    stored['status'] = {
      currentReplicas: 2,
      desiredReplicas: 3,
      currentMetrics: [
        { type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: 70, averageValue: '70m' } } },
        { type: 'External', external: { metric: { name: 'queue', selector }, current: { averageValue: '5' } } },
      ],
      conditions: [{ type: 'AbleToScale', status: 'True', reason: 'ReadyForNewScale', message: 'm' }],
    };
    const v1 = toV1(stored);
    expect(v1.spec?.targetCPUUtilizationPercentage).toBe(50);
    expect(v1.status?.currentCPUUtilizationPercentage).toBe(70);
    const { annotations = {} } = v1.metadata;
    expect(Object.keys(annotations).sort()).toEqual(
      ['behavior', 'conditions', 'current-metrics', 'metrics'].map((name) => `autoscaling.alpha.kubernetes.io/${name}`),
    );
    expect(JSON.parse(annotations['autoscaling.alpha.kubernetes.io/metrics'] ?? '')).toContainEqual({
      type: 'Pods',
      pods: { metricName: 'qps', selector, targetAverageValue: '1k' },
    });
    expect(JSON.parse(annotations['autoscaling.alpha.kubernetes.io/behavior'] ?? '')).toMatchObject({
      ScaleUp: { StabilizationWindowSeconds: 0, SelectPolicy: 'Max' },
      ScaleDown: { SelectPolicy: 'Disabled', Tolerance: '1' },
    });
    expect(toV2(v1)).toEqual(stored);
  });

  it('refuse with the same words', () => {
    const annotations = { 'autoscaling.alpha.kubernetes.io/metrics': JSON.stringify([{ type: 'Pods', pods: {} }]) };
    expect(createErrors(changed(older, { metadata: { annotations } }))).toEqual([
      'spec.metrics[0].pods.metric.name: Required value: must specify a metric name',
      'spec.metrics[0].pods.target.averageValue: Required value: must specify a positive target averageValue',
    ]);
    const broken = { 'autoscaling.alpha.kubernetes.io/metrics': '{', 'autoscaling.alpha.kubernetes.io/behavior': '7' };
    expect(createErrors(changed(older, { metadata: { annotations: broken } }))).toEqual([]);
  });

  it('let no write of the one part touch the other', () => {
    const key = (name: string): string => `autoscaling.alpha.kubernetes.io/${name}`;
    const before = changed(older, {
      metadata: { annotations: { [key('conditions')]: '[1]', [key('metrics')]: '[2]' } },
    });
    const { strategy } = definitionOf('autoscaling/v1', 'HorizontalPodAutoscaler');
    const update = (subresource: string): unknown => {
      const next = structuredClone(older) as unknown as ApiObject;
      const context = { now: '', namespace: '', user: { name: '', groups: [] }, subresource };
      strategy.prepareForUpdate?.(next, before, context);
      return next.metadata.annotations;
    };
    expect(update('')).toEqual({ [key('conditions')]: '[1]' });
    expect(update('status')).toEqual({ [key('metrics')]: '[2]' });
  });
});
