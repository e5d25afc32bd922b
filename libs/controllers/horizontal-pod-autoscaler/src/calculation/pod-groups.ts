import type { DeepReadonly, Pod } from '@nestor/api';
import type { PodMetric, PodMetrics } from '../metrics/metrics';

export type ObservedPod = DeepReadonly<Pod>;

export interface PodGroups {
  readyCount: number;
  /** Not in service yet: they count on the way up only, as using nothing. */
  unready: string[];
  /** In service, without a sample. */
  missing: string[];
  /** On their way out or failed: they count never. */
  ignored: string[];
}

export interface StartUp {
  now: number;
  cpuInitializationPeriodMs: number;
  initialReadinessDelayMs: number;
}

/** groupPods of replica_calculator.go. `resource` is '' for a metric that is no resource. */
export function groupPods(
  pods: readonly ObservedPod[],
  metrics: PodMetrics,
  resource: string,
  startUp: StartUp,
): PodGroups {
  const groups: PodGroups = { readyCount: 0, unready: [], missing: [], ignored: [] };
  for (const pod of pods) {
    const name = pod.metadata.name ?? '';
    const sample = metrics.get(name);
    if (pod.metadata.deletionTimestamp || pod.status?.phase === 'Failed') groups.ignored.push(name);
    else if (pod.status?.phase === 'Pending') groups.unready.push(name);
    else if (!sample) groups.missing.push(name);
    else if (resource === 'cpu' && isStarting(pod, sample, startUp)) groups.unready.push(name);
    else groups.readyCount++;
  }
  return groups;
}

/** A CPU sample that may be of the start, which says nothing of the load. */
function isStarting({ status }: ObservedPod, sample: PodMetric, startUp: StartUp): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const started = Date.parse(status?.startTime ?? '');
  if (!ready || Number.isNaN(started)) return true;
  const turned = Date.parse(ready.lastTransitionTime ?? '') || 0;
  if (started + startUp.cpuInitializationPeriodMs > startUp.now) {
    // Ready, but not for as long as the sample looks back.
    return ready.status === 'False' || sample.timestamp < turned + sample.windowMs;
  }
  // Unready since it began: it has never been in service.
  return ready.status === 'False' && started + startUp.initialReadinessDelayMs > turned;
}
