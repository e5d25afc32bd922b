import type { HorizontalPodAutoscaler } from '../meta/json-types';
import { subdomainName } from '../meta/object-name';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { setAutoscalerDefaults } from './horizontal-pod-autoscaler-defaults';
import {
  validateAutoscaler,
  validateAutoscalerStatus,
  validateAutoscalerUpdate,
} from './horizontal-pod-autoscaler-validation';
import { metricsCell } from './metric-cells';
import { dropRoundTripAnnotations } from './round-trip-annotations';

export const autoscalerColumns = [
  nameColumn,
  column(
    'Reference',
    'string',
    'scaleTargetRef points to the target resource to scale, and is used to the pods for which metrics should be collected, as well as to actually change the replica count.',
  ),
  column(
    'Targets',
    'string',
    'metrics contains the specifications for which to use to calculate the desired replica count (the maximum replica count across all metrics will be used).',
  ),
  column(
    'MinPods',
    'string',
    'minReplicas is the lower limit for the number of replicas to which the autoscaler can scale down.',
  ),
  column(
    'MaxPods',
    'string',
    'maxReplicas is the upper limit for the number of replicas to which the autoscaler can scale up.',
  ),
  column('Replicas', 'string', 'currentReplicas is current number of replicas of pods managed by this autoscaler.'),
  ageColumn,
];

export function autoscalerCells(autoscaler: HorizontalPodAutoscaler, now: Date): unknown[] {
  const { metadata, spec, status } = autoscaler;
  return [
    metadata.name,
    `${spec?.scaleTargetRef?.kind}/${spec?.scaleTargetRef?.name}`,
    metricsCell(autoscaler),
    spec?.minReplicas === undefined || spec.minReplicas === null ? '<unset>' : String(spec.minReplicas),
    spec?.maxReplicas ?? 0,
    status?.currentReplicas ?? 0,
    age(autoscaler, now),
  ];
}

/** Scales anything that has a scale by what it is measured to need. The stored form of both versions. */
export const horizontalPodAutoscalerDefinition = defineKind({
  group: 'autoscaling',
  version: 'v2',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  hasStatus: true,
  strategy: {
    nameCheck: subdomainName,
    setDefaults: setAutoscalerDefaults,
    prepareForCreate(autoscaler: HorizontalPodAutoscaler) {
      dropRoundTripAnnotations(autoscaler);
      autoscaler.status = { desiredReplicas: 0 };
    },
    prepareForUpdate: dropRoundTripAnnotations,
    validate: (autoscaler: HorizontalPodAutoscaler) => validateAutoscaler(autoscaler),
    validateUpdate: (
      autoscaler: HorizontalPodAutoscaler,
      old: HorizontalPodAutoscaler,
      { subresource }: StrategyContext,
    ) => (subresource === 'status' ? validateAutoscalerStatus(autoscaler) : validateAutoscalerUpdate(autoscaler, old)),
  },
  columns: autoscalerColumns,
  cells: autoscalerCells,
});
