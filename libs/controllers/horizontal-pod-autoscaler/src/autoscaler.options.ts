export interface HorizontalPodAutoscalerOptions {
  /** Between two looks at an autoscaler. */
  syncPeriodMs?: number;
  /** How long a higher recommendation holds against a lower one, where the autoscaler does not say. */
  downscaleStabilizationMs?: number;
  /** After the start of a pod, how long its CPU samples may be those of its start-up. */
  cpuInitializationPeriodMs?: number;
  /** After the start of a pod, how long a change to unready counts as part of its start-up. */
  initialReadinessDelayMs?: number;
  /** The change of the ratio of usage to target that is too small to act on. */
  tolerance?: number;
}

export const defaultOptions: Required<HorizontalPodAutoscalerOptions> = {
  syncPeriodMs: 15_000,
  downscaleStabilizationMs: 300_000,
  cpuInitializationPeriodMs: 300_000,
  initialReadinessDelayMs: 30_000,
  tolerance: 0.1,
};

export const HORIZONTAL_POD_AUTOSCALER_OPTIONS = Symbol('nestor.HorizontalPodAutoscalerOptions');
