import type { HorizontalPodAutoscaler } from '../meta/json-types';
import type { MetricSpec } from './metric-validation';

type MetricStatus = NonNullable<NonNullable<HorizontalPodAutoscaler['status']>['currentMetrics']>[number];
interface Value {
  value?: string;
  averageValue?: string;
  averageUtilization?: number;
}

const shown = 2;
const unknown = '<unknown>';

/** formatHPAMetrics: what is, over what should be. */
export function metricsCell({ spec, status }: HorizontalPodAutoscaler): string {
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return '<none>';
  const cells = metrics.map((metric, index) => metricCell(metric, status?.currentMetrics?.[index]));
  const text = cells.slice(0, shown).join(', ');
  return cells.length > shown ? `${text} + ${cells.length - shown} more...` : text;
}

function metricCell(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case 'External':
      return valueCell(metric.external?.target, status?.external?.current);
    case 'Object':
      return valueCell(metric.object?.target, status?.object?.current);
    case 'Pods':
      return `${status?.pods?.current.averageValue ?? unknown}/${metric.pods?.target.averageValue}`;
    case 'Resource':
      return `${metric.resource?.name}: ${resourceCell(metric.resource?.target, status?.resource?.current)}`;
    case 'ContainerResource': {
      const current = status?.containerResource?.current;
      return `${metric.containerResource?.name}: ${resourceCell(metric.containerResource?.target, current)}`;
    }
    default:
      return '<unknown type>';
  }
}

function valueCell(target: Value | undefined, current: Value | undefined): string {
  if (target?.averageValue) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current?.value ?? unknown}/${target?.value}`;
}

function resourceCell(target: Value | undefined, current: Value | undefined): string {
  if (target?.averageValue) return `${current?.averageValue ?? unknown}/${target.averageValue}`;
  const is = current?.averageUtilization;
  const wanted = target?.averageUtilization;
  return `${is === undefined ? unknown : `${is}%`}/${wanted === undefined ? '<auto>' : `${wanted}%`}`;
}
