import { DeepReadonly, Pod, Toleration, podRequests, quantityMilliValue, quantityValue } from '@nestor/api';
import { HostPort, hostPortsOf } from './host-ports';
import { NodeSelectorTerm } from '@nestor/api';
import { PodStorage, podStorage } from '../volumes/pod-storage';
import { pinsOfPod } from './pod-selector';
import { PodAffinityTerm, WeightedTerm, podAffinityTerm } from './pod-affinity-term';
import { ResourceAmounts, amountsFrom } from './resource-amounts';

/** A pod with everything the plugins ask about it, computed once. */
export interface PodInfo {
  readonly pod: DeepReadonly<Pod>;
  /** namespace/name */
  readonly key: string;
  readonly uid: string;
  readonly priority: number;
  readonly schedulerName: string;
  readonly requests: ResourceAmounts;
  /** Requests with kube-scheduler's stand-ins for containers that ask for nothing, used for scoring only. */
  readonly scoringCpu: number;
  readonly scoringMemory: number;
  readonly hostPorts: readonly HostPort[];
  readonly tolerations: readonly DeepReadonly<Toleration>[];
  /** The same text for equal tolerations. */
  readonly tolerationsText: string;
  /** The same text for equal requests. */
  readonly requestsText: string;
  readonly nodeSelector: readonly (readonly [string, string])[];
  /** Undefined when the pod has no required node affinity. */
  readonly requiredNodeTerms: readonly NodeSelectorTerm[] | undefined;
  readonly preferredNodeTerms: readonly { weight: number; term: NodeSelectorTerm }[];
  readonly requiredAffinity: readonly PodAffinityTerm[];
  readonly requiredAntiAffinity: readonly PodAffinityTerm[];
  readonly preferredAffinity: readonly WeightedTerm[];
  readonly preferredAntiAffinity: readonly WeightedTerm[];
  /** See pinsOfPod. */
  readonly pins: readonly string[];
  readonly storage: PodStorage | undefined;
}

/** kube-scheduler's DefaultMilliCPURequest and DefaultMemoryRequest: what an unset request counts for in scoring. */
const defaultMilliCpu = 100;
const defaultMemory = 200 * 1024 * 1024;

export const readQuantity = { milli: quantityMilliValue, value: quantityValue };

function scoringAmount(
  pod: DeepReadonly<Pod>,
  resource: string,
  fallback: number,
  read: (quantity: string) => number,
): number {
  return (pod.spec?.containers ?? []).reduce((sum, container) => {
    const asked = container.resources?.requests?.[resource];
    return sum + (asked === undefined ? fallback : read(asked));
  }, 0);
}

function textOf({ milliCpu, memory, ephemeralStorage, scalars }: ResourceAmounts, cpu: number, bytes: number): string {
  const extended = scalars.size === 0 ? '' : JSON.stringify([...scalars].sort());
  return `${milliCpu} ${memory} ${ephemeralStorage} ${cpu} ${bytes}${extended}`;
}

export function podInfo(pod: DeepReadonly<Pod>): PodInfo {
  const spec = pod.spec;
  const nodeAffinity = spec?.affinity?.nodeAffinity;
  const together = spec?.affinity?.podAffinity;
  const apart = spec?.affinity?.podAntiAffinity;
  const requests = amountsFrom(podRequests(pod), readQuantity);
  const scoringCpu = Math.max(requests.milliCpu, scoringAmount(pod, 'cpu', defaultMilliCpu, quantityMilliValue));
  const scoringMemory = Math.max(requests.memory, scoringAmount(pod, 'memory', defaultMemory, quantityValue));
  const weighted = (terms: typeof together) =>
    (terms?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm: raw }) => ({
      weight,
      term: podAffinityTerm(raw, pod),
    }));
  return {
    pod,
    key: `${pod.metadata.namespace ?? ''}/${pod.metadata.name ?? ''}`,
    uid: pod.metadata.uid ?? '',
    priority: spec?.priority ?? 0,
    schedulerName: spec?.schedulerName ?? 'default-scheduler',
    requests,
    scoringCpu,
    scoringMemory,
    hostPorts: hostPortsOf(pod),
    tolerations: spec?.tolerations ?? [],
    tolerationsText: spec?.tolerations?.length ? JSON.stringify(spec.tolerations) : '',
    requestsText: textOf(requests, scoringCpu, scoringMemory),
    nodeSelector: Object.entries(spec?.nodeSelector ?? {}),
    requiredNodeTerms: nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
    preferredNodeTerms: (nodeAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(
      ({ weight, preference }) => ({ weight, term: preference }),
    ),
    requiredAffinity: (together?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((raw) =>
      podAffinityTerm(raw, pod),
    ),
    requiredAntiAffinity: (apart?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((raw) =>
      podAffinityTerm(raw, pod),
    ),
    preferredAffinity: weighted(together),
    preferredAntiAffinity: weighted(apart),
    pins: pinsOfPod(pod),
    storage: podStorage(pod),
  };
}
