import type { ApiObject, HorizontalPodAutoscaler, HorizontalPodAutoscalerV1 } from '../meta/json-types';
import { cpuMetric, defaultCpuUtilization, setBehaviorDefaults } from './horizontal-pod-autoscaler-defaults';
import { MetricStatus, metricFromV1, metricStatusFromV1, metricStatusToV1, metricToV1 } from './metric-conversion';
import type { MetricSpec } from './metric-validation';
import { dropRoundTripAnnotations, roundTrip } from './round-trip-annotations';

const isCpu = (metric: { type: string; resource?: { name: string } }): boolean =>
  metric.type === 'Resource' && metric.resource?.name === 'cpu';
/** The one metric that autoscaling/v1 has a field for. */
const isCpuUtilization = (metric: MetricSpec): boolean =>
  isCpu(metric) && (metric.resource?.target.averageUtilization ?? undefined) !== undefined;

export function autoscalerToV1(stored: ApiObject): ApiObject {
  const { metadata, spec, status } = stored as unknown as HorizontalPodAutoscaler;
  const object = { metadata: { ...metadata, annotations: { ...metadata.annotations } } };
  dropRoundTripAnnotations(object);
  const { metrics = [], behavior } = spec ?? {};
  const { currentMetrics = [], conditions = [] } = status ?? {};
  const others = metrics.filter((metric) => !isCpuUtilization(metric));
  const annotations: Record<string, string> = { ...object.metadata.annotations };
  if (others.length > 0) annotations[roundTrip.metrics] = JSON.stringify(others.map(metricToV1));
  if (behavior) annotations[roundTrip.behavior] = JSON.stringify(behaviorToAnnotation(behavior));
  if (currentMetrics.length > 0) {
    annotations[roundTrip.currentMetrics] = JSON.stringify(currentMetrics.map(metricStatusToV1));
  }
  if (conditions.length > 0) annotations[roundTrip.conditions] = JSON.stringify(conditions);
  return {
    kind: stored.kind,
    apiVersion: 'autoscaling/v1',
    metadata: { ...object.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: specToV1(spec),
    status: statusToV1(status),
  };
}

function specToV1(spec: HorizontalPodAutoscaler['spec']): HorizontalPodAutoscalerV1['spec'] | undefined {
  if (!spec) return undefined;
  const { scaleTargetRef, minReplicas, maxReplicas, metrics } = spec;
  const target = metrics?.find(isCpu)?.resource?.target.averageUtilization;
  return {
    ...(minReplicas !== undefined ? { minReplicas } : {}),
    maxReplicas,
    scaleTargetRef,
    ...(target !== undefined && target !== null ? { targetCPUUtilizationPercentage: target } : {}),
  };
}

function statusToV1(status: HorizontalPodAutoscaler['status']): HorizontalPodAutoscalerV1['status'] {
  if (!status) return undefined;
  const { observedGeneration, lastScaleTime, currentReplicas = 0, desiredReplicas = 0 } = status;
  const utilization = status.currentMetrics?.findLast(isCpu)?.resource?.current.averageUtilization;
  return {
    ...(observedGeneration !== undefined ? { observedGeneration } : {}),
    ...(lastScaleTime ? { lastScaleTime } : {}),
    currentReplicas,
    desiredReplicas,
    ...(utilization !== undefined && utilization !== null ? { currentCPUUtilizationPercentage: utilization } : {}),
  };
}

export function autoscalerFromV1(served: ApiObject): ApiObject {
  const { metadata, spec, status } = served as unknown as HorizontalPodAutoscalerV1;
  const annotations = metadata.annotations ?? {};
  const target = spec?.targetCPUUtilizationPercentage;
  const metrics: MetricSpec[] = target !== undefined && target !== null ? [cpuMetric(target)] : [];
  metrics.push(...listIn(annotations[roundTrip.metrics]).map(metricFromV1));
  if (metrics.length === 0) metrics.push(cpuMetric(defaultCpuUtilization));
  const behavior = behaviorFromAnnotation(annotations[roundTrip.behavior]);
  const object = { metadata: { ...metadata } };
  dropRoundTripAnnotations(object);
  const stored = {
    kind: served.kind,
    apiVersion: 'autoscaling/v2',
    metadata: object.metadata,
    spec: {
      scaleTargetRef: spec?.scaleTargetRef,
      ...(spec?.minReplicas !== undefined ? { minReplicas: spec.minReplicas } : {}),
      maxReplicas: spec?.maxReplicas,
      metrics,
      ...(behavior ? { behavior } : {}),
    },
    status: status && statusFromV1(status, annotations),
  } as unknown as HorizontalPodAutoscaler;
  setBehaviorDefaults(stored);
  return stored;
}

function statusFromV1(
  status: NonNullable<HorizontalPodAutoscalerV1['status']>,
  annotations: Readonly<Record<string, string>>,
): HorizontalPodAutoscaler['status'] {
  const { currentCPUUtilizationPercentage: utilization, ...counts } = status;
  const known = listIn(annotations[roundTrip.currentMetrics]).map(metricStatusFromV1);
  const cpu: MetricStatus[] =
    utilization !== undefined && utilization !== null
      ? [{ type: 'Resource', resource: { name: 'cpu', current: { averageUtilization: utilization } } }]
      : [];
  const currentMetrics = known.length > 0 ? known : cpu;
  const conditions = listIn(annotations[roundTrip.conditions]);
  return {
    ...counts,
    ...(currentMetrics.length > 0 ? { currentMetrics } : {}),
    ...(conditions.length > 0 ? { conditions } : {}),
  } as HorizontalPodAutoscaler['status'];
}

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;

const capital = (key: string): string => key.charAt(0).toUpperCase() + key.slice(1);
const small = (key: string): string => key.charAt(0).toLowerCase() + key.slice(1);

/** The behavior's annotation is the internal form, whose members begin with a capital; readers take either. */
const behaviorToAnnotation = (behavior: Behavior): unknown => withKeys(behavior, capital);

function behaviorFromAnnotation(text: string | undefined): Behavior | undefined {
  const value = valueIn(text);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return withKeys(value, small) as Behavior;
}

function withKeys(value: unknown, rename: (key: string) => string): unknown {
  if (Array.isArray(value)) return value.map((item) => withKeys(item, rename));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== null && member !== undefined)
      .map(([key, member]) => [rename(key), withKeys(member, rename)]),
  );
}

function listIn(text: string | undefined): Record<string, unknown>[] {
  const value = valueIn(text);
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Record<string, unknown> => typeof item === 'object' && item !== null);
}

function valueIn(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as unknown);
  } catch {
    // An annotation that is no JSON says nothing.
    return undefined;
  }
}
