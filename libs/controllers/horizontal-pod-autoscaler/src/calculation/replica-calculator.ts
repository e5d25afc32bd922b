import type { PodMetrics } from '../metrics/metrics';
import { groupPods, type ObservedPod, type PodGroups, type StartUp } from './pod-groups';
import { requestsOf } from './pod-requests';
import { isWithin, type Tolerances } from './tolerances';

// GetResourceReplicas and its siblings of replica_calculator.go, without the fetching.

const maxInt32 = 2 ** 31 - 1;
const noSample = { timestamp: 0, windowMs: 0 };

export interface Proposal {
  replicas: number;
  /** Average by pod, or the whole where the target is a whole, in thousandths. */
  usage: number;
  /** Percent of what is requested. */
  utilization?: number;
}

export interface Scene {
  currentReplicas: number;
  pods: readonly ObservedPod[];
  tolerances: Tolerances;
  startUp: StartUp;
}

interface Measured {
  ratio: number;
  usage: number;
  utilization?: number;
}

const up = (value: number): number => Math.min(maxInt32, Math.ceil(value));

export interface ResourceTarget {
  resource: string;
  container: string;
  targetUtilization: number;
}

/** By the share of what pods request. */
export function byUtilization(scene: Scene, metrics: PodMetrics, target: ResourceTarget): Proposal {
  const { groups, samples } = sorted(scene, metrics, target.resource);
  const requests = requestsOf(scene.pods, target.resource, target.container);
  const measure = (counted: PodMetrics): Measured => utilizationOf(counted, requests, target.targetUtilization);
  const fallback = Math.max(100, target.targetUtilization);
  return propose(scene, groups, samples, {
    measure,
    asFull: (pod) => Math.trunc(((requests.get(pod) ?? 0) * fallback) / 100),
  });
}

/** By a value per pod. `resource` is '' for a metric that is no resource. */
export function byValue(scene: Scene, metrics: PodMetrics, resource: string, targetUsage: number): Proposal {
  const { groups, samples } = sorted(scene, metrics, resource);
  const measure = (counted: PodMetrics): Measured => usageOf(counted, targetUsage);
  return propose(scene, groups, samples, { measure, asFull: () => targetUsage });
}

function sorted({ pods, startUp }: Scene, metrics: PodMetrics, resource: string) {
  if (pods.length === 0) throw new Error('no pods returned by selector while calculating replica count');
  const groups = groupPods(pods, metrics, resource, startUp);
  const samples: PodMetrics = new Map(metrics);
  for (const pod of [...groups.ignored, ...groups.unready]) samples.delete(pod);
  if (samples.size === 0) throw new Error('did not receive metrics for targeted pods (pods might be unready)');
  return { groups, samples };
}

function utilizationOf(samples: PodMetrics, requests: ReadonlyMap<string, number>, target: number): Measured {
  let used = 0;
  let requested = 0;
  let count = 0;
  for (const [pod, { value }] of samples) {
    const request = requests.get(pod);
    // A sample of a pod that is none of ours.
    if (request === undefined) continue;
    used += value;
    requested += request;
    count++;
  }
  if (requested === 0) throw new Error('no metrics returned matched known pods');
  const utilization = Math.trunc((used * 100) / requested);
  return { ratio: utilization / target, utilization, usage: Math.trunc(used / count) };
}

function usageOf(samples: PodMetrics, target: number): Measured {
  let used = 0;
  for (const { value } of samples.values()) used += value;
  const usage = Math.trunc(used / samples.size);
  return { ratio: usage / target, usage };
}

interface Rules {
  measure(samples: PodMetrics): Measured;
  /** What a pod without sample uses at most, so that its absence never makes the number fall too far. */
  asFull(pod: string): number;
}

/** First from what is known; then, if something is not, with the assumption that speaks against acting. */
function propose(scene: Scene, groups: PodGroups, samples: PodMetrics, { measure, asFull }: Rules): Proposal {
  const { currentReplicas, tolerances } = scene;
  const { ratio, usage, utilization } = measure(samples);
  const proposal = (replicas: number): Proposal => ({ replicas, usage, utilization });
  const risesPastUnready = groups.unready.length > 0 && ratio > 1;
  if (!risesPastUnready && groups.missing.length === 0) {
    return proposal(isWithin(tolerances, ratio) ? currentReplicas : up(ratio * groups.readyCount));
  }
  const assume = (pods: readonly string[], value: (pod: string) => number): void => {
    for (const pod of pods) samples.set(pod, { ...noSample, value: value(pod) });
  };
  if (ratio < 1) assume(groups.missing, asFull);
  else if (ratio > 1) assume(groups.missing, () => 0);
  if (risesPastUnready) assume(groups.unready, () => 0);
  const { ratio: assumed } = measure(samples);
  const turns = (ratio < 1 && assumed > 1) || (ratio > 1 && assumed < 1);
  if (turns || isWithin(tolerances, assumed)) return proposal(currentReplicas);
  const replicas = up(assumed * samples.size);
  const goesBack = (assumed < 1 && replicas > currentReplicas) || (assumed > 1 && replicas < currentReplicas);
  return proposal(goesBack ? currentReplicas : replicas);
}

/** By a value that all pods bear together (object and external metrics with a value). */
export function byTotal({ currentReplicas, pods, tolerances }: Scene, usage: number, target: number): Proposal {
  const ratio = usage / target;
  // From nothing, the ratio alone says how many are needed.
  if (currentReplicas === 0) return { replicas: up(ratio), usage };
  if (isWithin(tolerances, ratio)) return { replicas: currentReplicas, usage };
  if (pods.length === 0) {
    throw new Error('unable to calculate ready pods: no pods returned by selector while calculating replica count');
  }
  return { replicas: up(ratio * pods.filter(isServing).length), usage };
}

const isServing = ({ status }: ObservedPod): boolean =>
  status?.phase === 'Running' && !!status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True');

/** By a value that each pod bears a part of (object and external metrics with an average value). */
export function byShare(statusReplicas: number, tolerances: Tolerances, usage: number, targetPerPod: number): Proposal {
  const ratio = usage / (targetPerPod * statusReplicas);
  const replicas = isWithin(tolerances, ratio) ? statusReplicas : up(usage / targetPerPod);
  return { replicas, usage: statusReplicas === 0 ? usage : Math.ceil(usage / statusReplicas) };
}
