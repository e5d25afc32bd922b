import { DeepReadonly, LabelMatcher, LabelSelector, Pod, labelMatcher, labelSelectorMatcher } from '@nestor/api';
import { PodSelector, pinsOf } from '../../cache/pod-selector';

type Spec = NonNullable<Pod['spec']>;
export type RawConstraint = DeepReadonly<NonNullable<Spec['topologySpreadConstraints']>[number]>;
export type Action = 'DoNotSchedule' | 'ScheduleAnyway';

export const hostnameKey = 'kubernetes.io/hostname';

export interface SpreadConstraint {
  readonly maxSkew: number;
  readonly topologyKey: string;
  readonly selector: PodSelector;
  readonly minDomains: number;
  /** Count only nodes that the pod's node selector and affinity allow. */
  readonly honorsNodeAffinity: boolean;
  /** Count only nodes whose taints the pod tolerates. */
  readonly honorsTaints: boolean;
}

/** The pods of a namespace that match and are not on their way out. */
export function livingPods(namespace: string, labels: LabelMatcher, key = labels.toString()): PodSelector {
  return {
    key: `living ${namespace} ${key}`,
    pins: pinsOf([namespace], labels),
    usesNamespaceLabels: false,
    matches: ({ metadata }) =>
      metadata.namespace === namespace && !metadata.deletionTimestamp && labels(metadata.labels ?? {}),
  };
}

/** matchLabelKeys become requirements on the pod's own values. */
function matcherOf(raw: RawConstraint, pod: DeepReadonly<Pod>): { labels: LabelMatcher; key: string } {
  const selector: DeepReadonly<LabelSelector> | undefined = raw.labelSelector;
  const own = pod.metadata.labels ?? {};
  const keys = (raw.matchLabelKeys ?? []).filter((key) => own[key] !== undefined);
  const labels = labelSelectorMatcher(selector);
  // An absent selector matches nothing, whatever is added to it.
  if (!selector) return { labels, key: 'nothing' };
  if (keys.length === 0) return { labels, key: labels.toString() };
  const extra = keys.map((key) => ({ key, operator: '=' as const, values: [own[key] as string] }));
  const merged = labelMatcher([...extra, ...labels.requirements]);
  return { labels: merged, key: merged.toString() };
}

export function spreadConstraint(raw: RawConstraint, pod: DeepReadonly<Pod>, selector?: PodSelector): SpreadConstraint {
  const own = selector ? undefined : matcherOf(raw, pod);
  return {
    maxSkew: raw.maxSkew,
    topologyKey: raw.topologyKey,
    selector: selector ?? livingPods(pod.metadata.namespace ?? '', own?.labels ?? labelMatcher([]), own?.key),
    minDomains: raw.minDomains ?? 1,
    honorsNodeAffinity: (raw.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorsTaints: raw.nodeTaintsPolicy === 'Honor',
  };
}
