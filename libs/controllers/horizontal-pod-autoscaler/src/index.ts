/** Scales what HorizontalPodAutoscalers point to by resource, custom and external metrics. */
export { HorizontalPodAutoscalerModule } from './horizontal-pod-autoscaler.module';
export type { HorizontalPodAutoscalerOptions } from './autoscaler.options';
