import { atomic, atomicMaps, inPackage, initially, joinOverlays, mergeMap, named, quantity, struct } from './overlay';
import type { Overlay } from './overlay';

/** k8s.io/api/autoscaling/v1 and v2. What v2 fills in by itself depends on other fields: see the kind. */
export const autoscalingOverlay: Overlay = joinOverlays(
  atomicMaps('io.k8s.api.autoscaling.v1.', 'CrossVersionObjectReference'),
  inPackage('io.k8s.api.autoscaling.v1.', {
    HorizontalPodAutoscaler: { metadata: struct, spec: struct, status: struct },
    HorizontalPodAutoscalerList: { metadata: struct },
    HorizontalPodAutoscalerSpec: { scaleTargetRef: struct, minReplicas: initially(1) },
  }),
  inPackage('io.k8s.api.autoscaling.v2.', {
    HorizontalPodAutoscaler: { metadata: struct, spec: struct, status: struct },
    HorizontalPodAutoscalerList: { metadata: struct },
    HorizontalPodAutoscalerSpec: { scaleTargetRef: struct, metrics: atomic, minReplicas: initially(1) },
    HorizontalPodAutoscalerStatus: { currentMetrics: atomic, conditions: mergeMap('type') },
    HorizontalPodAutoscalerCondition: {
      status: named('ConditionStatus', ''),
      type: named('v2.HorizontalPodAutoscalerConditionType', ''),
    },
    HPAScalingRules: { policies: atomic, selectPolicy: named('v2.ScalingPolicySelect'), tolerance: quantity },
    HPAScalingPolicy: { type: named('v2.HPAScalingPolicyType', '') },
    MetricSpec: { type: named('v2.MetricSourceType', '') },
    MetricStatus: { type: named('v2.MetricSourceType', '') },
    MetricTarget: { type: named('v2.MetricTargetType', ''), value: quantity, averageValue: quantity },
    MetricValueStatus: { value: quantity, averageValue: quantity },
    ResourceMetricSource: { name: named('ResourceName', ''), target: struct },
    ResourceMetricStatus: { name: named('ResourceName', ''), current: struct },
    ContainerResourceMetricSource: { name: named('ResourceName', ''), target: struct },
    ContainerResourceMetricStatus: { name: named('ResourceName', ''), current: struct },
    PodsMetricSource: { metric: struct, target: struct },
    PodsMetricStatus: { metric: struct, current: struct },
    ObjectMetricSource: { describedObject: struct, metric: struct, target: struct },
    ObjectMetricStatus: { describedObject: struct, metric: struct, current: struct },
    ExternalMetricSource: { metric: struct, target: struct },
    ExternalMetricStatus: { metric: struct, current: struct },
  }),
);
