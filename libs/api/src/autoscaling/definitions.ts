import type { ResourceDefinition } from '../resource-definition';
import { horizontalPodAutoscalerDefinition } from './horizontal-pod-autoscaler';
import { horizontalPodAutoscalerV1Definition } from './horizontal-pod-autoscaler-v1';

export const autoscalingDefinitions: readonly ResourceDefinition[] = [
  horizontalPodAutoscalerDefinition,
  horizontalPodAutoscalerV1Definition,
];
