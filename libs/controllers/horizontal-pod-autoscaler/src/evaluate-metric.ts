import {
  formatQuantity,
  goSelectorText,
  labelSelectorMatcher,
  quantityMilliValue,
  quantityOfMilli,
  type DeepReadonly,
  type HorizontalPodAutoscaler,
  type LabelSelector,
} from '@nestor/api';
import { byShare, byTotal, byUtilization, byValue, type Proposal, type Scene } from './calculation/replica-calculator';
import type { MetricsClient } from './metrics/metrics-client';

type Autoscaler = DeepReadonly<HorizontalPodAutoscaler>;
export type MetricSpec = NonNullable<NonNullable<Autoscaler['spec']>['metrics']>[number];
export type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];
type Source<K extends keyof MetricSpec> = NonNullable<MetricSpec[K]>;
type Target = Source<'resource'>['target'];
type Current = NonNullable<MetricStatus['resource']>['current'];

export interface Situation extends Scene {
  namespace: string;
  /** Of the pods, as the scale says it. */
  selector: string;
  statusReplicas: number;
}

export interface Evaluated {
  replicas: number;
  /** As events and conditions call the metric. */
  name: string;
  status: MetricStatus;
}

/** Why a metric gives no number: the condition's reason and text, and the text for whoever lists several. */
export class MetricFailure extends Error {
  constructor(
    readonly reason: string,
    readonly inner: string,
    message: string,
  ) {
    super(message);
    this.name = 'MetricFailure';
  }
}

interface MetricKind {
  reason: string;
  failed(spec: MetricSpec): string;
  evaluate(metrics: MetricsClient, spec: MetricSpec, target: Situation): Promise<Evaluated>;
}

const milli = (value: number): string => formatQuantity(quantityOfMilli(Math.round(value)));
const isSet = <T>(value: T | undefined | null): value is T => value !== undefined && value !== null;

const kinds: Readonly<Record<string, MetricKind>> = {
  Resource: {
    reason: 'FailedGetResourceMetric',
    failed: (spec) => `failed to get ${spec.resource?.name} resource metric value`,
    evaluate: async (metrics, { resource }, target) => {
      const { name = '', target: aim } = resource ?? {};
      const { proposal, current } = await evaluateResource(metrics, target, { name, container: '', aim });
      const text = isSet(aim?.averageValue)
        ? `${name} resource`
        : `${name} resource utilization (percentage of request)`;
      return { replicas: proposal.replicas, name: text, status: { type: 'Resource', resource: { name, current } } };
    },
  },
  ContainerResource: {
    reason: 'FailedGetContainerResourceMetric',
    failed: (spec) => `failed to get ${spec.containerResource?.container} container metric value`,
    evaluate: async (metrics, { containerResource }, target) => {
      const { name = '', container = '', target: aim } = containerResource ?? {};
      const { proposal, current } = await evaluateResource(metrics, target, { name, container, aim });
      const text = `${name} container resource utilization (percentage of request)`;
      return {
        replicas: proposal.replicas,
        name: isSet(aim?.averageValue) ? `${name} resource` : text,
        status: { type: 'ContainerResource', containerResource: { name, container, current } },
      };
    },
  },
  Pods: {
    reason: 'FailedGetPodsMetric',
    failed: () => 'failed to get pods metric value',
    evaluate: async (metrics, { pods }, target) => {
      const { name = '', selector } = pods?.metric ?? {};
      const samples = await prefixed(`unable to get metric ${name}`, () =>
        metrics.pods(target.namespace, name, { pods: target.selector, metric: selectorText(selector) }),
      );
      const { replicas, usage } = byValue(target, samples, '', quantityMilliValue(pods?.target.averageValue));
      const current = { averageValue: milli(usage) };
      return {
        replicas,
        name: `pods metric ${name}`,
        status: { type: 'Pods', pods: { metric: identifier(name, selector), current } },
      };
    },
  },
  Object: {
    reason: 'FailedGetObjectMetric',
    failed: () => 'failed to get object metric value',
    evaluate: evaluateObject,
  },
  External: {
    reason: 'FailedGetExternalMetric',
    failed: (spec) => `failed to get ${spec.external?.metric.name} external metric value`,
    evaluate: evaluateExternal,
  },
};

export async function evaluateMetric(metrics: MetricsClient, spec: MetricSpec, target: Situation): Promise<Evaluated> {
  const kind = kinds[spec.type];
  if (!kind) {
    const text = `unknown metric source type ${JSON.stringify(spec.type)}`;
    throw new MetricFailure('InvalidMetricSourceType', text, text);
  }
  try {
    return await kind.evaluate(metrics, spec, target);
  } catch (error) {
    const inner = error instanceof Error ? error.message : String(error);
    throw new MetricFailure(kind.reason, inner, `${kind.failed(spec)}: ${inner}`);
  }
}

interface ResourceAim {
  name: string;
  container: string;
  aim: Target | undefined;
}

async function evaluateResource(
  metrics: MetricsClient,
  target: Situation,
  { name, container, aim }: ResourceAim,
): Promise<{ proposal: Proposal; current: Current }> {
  const fetch = () =>
    prefixed(`unable to get metrics for resource ${name}`, () =>
      metrics.resource(target.namespace, target.selector, name, container),
    );
  if (isSet(aim?.averageValue)) {
    const wanted = quantityMilliValue(aim.averageValue);
    const proposal = await prefixed(`failed to get ${name} usage`, async () =>
      byValue(target, await fetch(), name, wanted),
    );
    return { proposal, current: { averageValue: milli(proposal.usage) } };
  }
  const targetUtilization = aim?.averageUtilization;
  if (!isSet(targetUtilization)) {
    throw new Error(
      'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    );
  }
  const proposal = await prefixed(`failed to get ${name} utilization`, async () =>
    byUtilization(target, await fetch(), { resource: name, container, targetUtilization }),
  );
  const { usage, utilization } = proposal;
  return { proposal, current: { averageUtilization: utilization, averageValue: milli(usage) } };
}

async function evaluateObject(metrics: MetricsClient, spec: MetricSpec, target: Situation): Promise<Evaluated> {
  const source = spec.object;
  const aim = source?.target;
  const byAverage = aim?.type === 'AverageValue' && isSet(aim.averageValue);
  if (!source || (!byAverage && !(aim?.type === 'Value' && isSet(aim.value)))) {
    throw new Error('invalid object metric source: neither a value target nor an average value target was set');
  }
  const { describedObject } = source;
  const { name, selector } = source.metric;
  const where = `${describedObject.kind} ${target.namespace}/${describedObject.name}`;
  const fetch = () =>
    prefixed(`unable to get metric ${name}: ${where}`, () =>
      metrics.object(target.namespace, describedObject, { name, selector: selectorText(selector) }),
    );
  const metric = identifier(name, selector);
  if (byAverage) {
    const usage = await prefixed(`failed to get ${name} object metric`, fetch);
    const proposal = byShare(target.statusReplicas, target.tolerances, usage, quantityMilliValue(aim.averageValue));
    const current = { averageValue: milli(proposal.usage) };
    const text = `external metric ${name}(${goSelectorText(selector)})`;
    return {
      replicas: proposal.replicas,
      name: text,
      status: { type: 'Object', object: { describedObject, metric, current } },
    };
  }
  const proposal = byTotal(target, await fetch(), quantityMilliValue(aim?.value));
  const current = { value: milli(proposal.usage) };
  return {
    replicas: proposal.replicas,
    name: `${describedObject.kind} metric ${name}`,
    status: { type: 'Object', object: { describedObject, metric, current } },
  };
}

async function evaluateExternal(metrics: MetricsClient, spec: MetricSpec, target: Situation): Promise<Evaluated> {
  const { metric: wanted, target: aim } = spec.external ?? {};
  const { name = '', selector } = wanted ?? {};
  if (!isSet(aim?.averageValue) && !isSet(aim?.value)) {
    throw new Error('invalid external metric source: neither a value target nor an average value target was set');
  }
  const where = `${target.namespace}/${name}/${goSelectorText(selector)}`;
  const values = await prefixed(`unable to get external metric ${where}`, () =>
    metrics.external(target.namespace, name, selectorText(selector)),
  );
  const usage = values.reduce((sum, value) => sum + value, 0);
  const proposal = isSet(aim.averageValue)
    ? byShare(target.statusReplicas, target.tolerances, usage, quantityMilliValue(aim.averageValue))
    : byTotal(target, usage, quantityMilliValue(aim.value));
  const amount = milli(proposal.usage);
  const current = isSet(aim.averageValue) ? { averageValue: amount } : { value: amount };
  return {
    replicas: proposal.replicas,
    name: `external metric ${name}(${goSelectorText(selector)})`,
    status: { type: 'External', external: { metric: identifier(name, selector), current } },
  };
}

/** Without a selector everything is meant, as LabelSelectorAsSelector of none would not say. */
const selectorText = (selector: DeepReadonly<LabelSelector> | undefined): string =>
  selector ? labelSelectorMatcher(selector).toString() : '';

const identifier = (name: string, selector: DeepReadonly<LabelSelector> | undefined) => ({
  name,
  ...(selector ? { selector: selector as LabelSelector } : {}),
});

async function prefixed<T>(prefix: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new Error(`${prefix}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
