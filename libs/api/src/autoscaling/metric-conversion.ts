import type { HorizontalPodAutoscaler } from '../meta/json-types';
import type { MetricSpec } from './metric-validation';

export type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];
type Fields = Record<string, unknown>;

const isSet = (value: unknown): boolean => value !== undefined && value !== null;

/** Only members that are there, as Go leaves the absent ones out. */
const present = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => isSet(value)));

/** A metric as the annotations of autoscaling/v1 name it: flat, each value with its kind in its name. */
export function metricToV1(metric: MetricSpec): Fields {
  const { type, object, pods, resource, containerResource, external } = metric;
  return present({
    type,
    object:
      object &&
      present({
        target: object.describedObject,
        metricName: object.metric.name,
        targetValue: object.target.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.target.averageValue,
      }),
    pods:
      pods &&
      present({
        metricName: pods.metric.name,
        targetAverageValue: pods.target.averageValue ?? '0',
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      present({
        name: resource.name,
        targetAverageUtilization: resource.target.averageUtilization,
        targetAverageValue: resource.target.averageValue,
      }),
    containerResource:
      containerResource &&
      present({
        name: containerResource.name,
        targetAverageUtilization: containerResource.target.averageUtilization,
        targetAverageValue: containerResource.target.averageValue,
        container: containerResource.container,
      }),
    external:
      external &&
      present({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        targetValue: external.target.value,
        targetAverageValue: external.target.averageValue,
      }),
  });
}

/** The way back. Annotations are anybody's text: what is not there stays absent and validation speaks of it. */
export function metricFromV1(metric: Fields): MetricSpec {
  const { type, object, pods, resource, containerResource, external } = metric as Record<string, Fields | undefined>;
  return present({
    type,
    object: object && {
      describedObject: object['target'],
      metric: identifier(object['metricName'], object['selector']),
      target: present({
        type: isSet(object['averageValue']) ? 'AverageValue' : 'Value',
        value: object['targetValue'] === '0' ? undefined : object['targetValue'],
        averageValue: object['averageValue'],
      }),
    },
    pods: pods && {
      metric: identifier(pods['metricName'], pods['selector']),
      target: present({ type: 'AverageValue', averageValue: pods['targetAverageValue'] }),
    },
    resource: resource && { name: resource['name'], target: resourceTarget(resource) },
    containerResource: containerResource && {
      name: containerResource['name'],
      container: containerResource['container'],
      target: resourceTarget(containerResource),
    },
    external: external && {
      metric: identifier(external['metricName'], external['metricSelector']),
      target: present({
        type: isSet(external['targetValue']) ? 'Value' : 'AverageValue',
        value: external['targetValue'],
        averageValue: external['targetAverageValue'],
      }),
    },
  }) as unknown as MetricSpec;
}

const identifier = (name: unknown, selector: unknown): Fields => present({ name, selector });

const resourceTarget = ({ targetAverageUtilization, targetAverageValue }: Fields): Fields =>
  present({
    type: isSet(targetAverageUtilization) ? 'Utilization' : 'AverageValue',
    averageUtilization: targetAverageUtilization,
    averageValue: targetAverageValue,
  });

export function metricStatusToV1(status: MetricStatus): Fields {
  const { type, object, pods, resource, containerResource, external } = status;
  return present({
    type,
    object:
      object &&
      present({
        target: object.describedObject,
        metricName: object.metric.name,
        currentValue: object.current.value ?? '0',
        selector: object.metric.selector,
        averageValue: object.current.averageValue,
      }),
    pods:
      pods &&
      present({
        metricName: pods.metric.name,
        currentAverageValue: pods.current.averageValue ?? '0',
        selector: pods.metric.selector,
      }),
    resource:
      resource &&
      present({
        name: resource.name,
        currentAverageUtilization: resource.current.averageUtilization,
        currentAverageValue: resource.current.averageValue ?? '0',
      }),
    containerResource:
      containerResource &&
      present({
        name: containerResource.name,
        currentAverageUtilization: containerResource.current.averageUtilization,
        currentAverageValue: containerResource.current.averageValue ?? '0',
        container: containerResource.container,
      }),
    external:
      external &&
      present({
        metricName: external.metric.name,
        metricSelector: external.metric.selector,
        currentValue: external.current.value ?? '0',
        currentAverageValue: external.current.averageValue,
      }),
  });
}

export function metricStatusFromV1(status: Fields): MetricStatus {
  const { type, object, pods, resource, containerResource, external } = status as Record<string, Fields | undefined>;
  return present({
    type,
    object: object && {
      describedObject: object['target'],
      metric: identifier(object['metricName'], object['selector']),
      current: present({ value: nonZero(object['currentValue']), averageValue: object['averageValue'] }),
    },
    pods: pods && {
      metric: identifier(pods['metricName'], pods['selector']),
      current: present({ averageValue: pods['currentAverageValue'] }),
    },
    resource: resource && { name: resource['name'], current: resourceCurrent(resource) },
    containerResource: containerResource && {
      name: containerResource['name'],
      container: containerResource['container'],
      current: resourceCurrent(containerResource),
    },
    external: external && {
      metric: identifier(external['metricName'], external['metricSelector']),
      current: present({
        value: nonZero(external['currentValue']),
        averageValue: external['currentAverageValue'],
      }),
    },
  }) as unknown as MetricStatus;
}

const nonZero = (value: unknown): unknown => (value === '0' ? undefined : value);
const resourceCurrent = ({ currentAverageUtilization, currentAverageValue }: Fields): Fields =>
  present({ averageUtilization: currentAverageUtilization, averageValue: currentAverageValue });
