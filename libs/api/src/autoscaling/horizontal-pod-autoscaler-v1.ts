import type { ApiObject, HorizontalPodAutoscaler } from '../meta/json-types';
import { defineKind } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { autoscalerFromV1, autoscalerToV1 } from './autoscaler-conversion';
import { autoscalerCells, autoscalerColumns, horizontalPodAutoscalerDefinition } from './horizontal-pod-autoscaler';
import {
  validateAutoscaler,
  validateAutoscalerStatus,
  validateAutoscalerUpdate,
} from './horizontal-pod-autoscaler-validation';
import { roundTrip } from './round-trip-annotations';

const asV2 = (autoscaler: ApiObject): HorizontalPodAutoscaler =>
  autoscalerFromV1(autoscaler) as unknown as HorizontalPodAutoscaler;

/** Of the annotations, those of the status change with the status alone and those of the spec with the spec. */
function keepOtherAnnotations(next: ApiObject, old: Readonly<ApiObject>, { subresource }: StrategyContext): void {
  const { metrics, behavior, currentMetrics, conditions } = roundTrip;
  const annotations = { ...next.metadata.annotations };
  for (const key of subresource === 'status' ? [metrics, behavior] : [currentMetrics, conditions]) {
    const value = old.metadata.annotations?.[key];
    if (value === undefined) delete annotations[key];
    else annotations[key] = value;
  }
  if (Object.keys(annotations).length > 0) next.metadata.annotations = annotations;
  else delete next.metadata.annotations;
}

/** The older name of the same autoscalers: CPU alone has a field, the rest travels in annotations. */
export const horizontalPodAutoscalerV1Definition = defineKind({
  group: 'autoscaling',
  version: 'v1',
  kind: 'HorizontalPodAutoscaler',
  plural: 'horizontalpodautoscalers',
  shortNames: ['hpa'],
  categories: ['all'],
  namespaced: true,
  definition: 'io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler',
  hasStatus: true,
  strategy: {
    nameCheck: horizontalPodAutoscalerDefinition.strategy.nameCheck,
    prepareForCreate(autoscaler) {
      const {
        [roundTrip.currentMetrics]: _metrics,
        [roundTrip.conditions]: _conditions,
        ...annotations
      } = autoscaler.metadata.annotations ?? {};
      if (autoscaler.metadata.annotations) autoscaler.metadata.annotations = annotations;
      autoscaler['status'] = { currentReplicas: 0, desiredReplicas: 0 };
    },
    prepareForUpdate: keepOtherAnnotations,
    validate: (autoscaler) => validateAutoscaler(asV2(autoscaler)),
    validateUpdate: (autoscaler, old, { subresource }) =>
      subresource === 'status'
        ? validateAutoscalerStatus(asV2(autoscaler))
        : validateAutoscalerUpdate(asV2(autoscaler), asV2(old)),
  },
  columns: autoscalerColumns,
  cells: (autoscaler, now) => autoscalerCells(asV2(autoscaler), now),
  conversion: {
    storageKey: 'horizontalpodautoscalers.autoscaling',
    toStorage: autoscalerFromV1,
    fromStorage: autoscalerToV1,
  },
});
