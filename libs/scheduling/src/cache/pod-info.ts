import { DeepReadonly, NodeSelectorTerm, Pod, Toleration } from '@nestor/api';
import { PodStorage, podStorage } from '../volumes/pod-storage';
import { ContainerNeeds, containerNeeds, tolerationsText } from './container-needs';
import { pinsOfPod } from './pod-selector';
import { PodAffinityTerm, WeightedTerm, podAffinityTerm } from './pod-affinity-term';

/** A pod with everything the plugins ask about it, computed once. */
export interface PodInfo extends ContainerNeeds {
  readonly pod: DeepReadonly<Pod>;
  /** namespace/name */
  readonly key: string;
  readonly uid: string;
  readonly priority: number;
  readonly schedulerName: string;
  readonly tolerations: readonly DeepReadonly<Toleration>[];
  /** The same text for equal tolerations. */
  readonly tolerationsText: string;
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

export function podInfo(pod: DeepReadonly<Pod>): PodInfo {
  const spec = pod.spec;
  const nodeAffinity = spec?.affinity?.nodeAffinity;
  const together = spec?.affinity?.podAffinity;
  const apart = spec?.affinity?.podAntiAffinity;
  const { requests, scoringCpu, scoringMemory, requestsText, hostPorts } = containerNeeds(pod);
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
    requestsText,
    hostPorts,
    tolerations: spec?.tolerations ?? [],
    tolerationsText: tolerationsText(spec?.tolerations),
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
