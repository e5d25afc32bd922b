import { DeepReadonly, LabelSelector, Pod, labelSelectorMatcher } from '@nestor/api';
import { PodSelector, pinsOf } from './pod-selector';

type RawTerm = DeepReadonly<{
  labelSelector?: LabelSelector;
  namespaces?: string[];
  namespaceSelector?: LabelSelector;
  topologyKey: string;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}>;

/** One (anti-)affinity term, ready to match. */
export interface PodAffinityTerm {
  readonly topologyKey: string;
  readonly selector: PodSelector;
}

export interface WeightedTerm {
  readonly weight: number;
  readonly term: PodAffinityTerm;
}

/** matchLabelKeys and mismatchLabelKeys become requirements on the values of the pod that carries the term. */
function mergedSelector(raw: RawTerm, owner: DeepReadonly<Pod>): DeepReadonly<LabelSelector> | undefined {
  if (!raw.labelSelector) return undefined;
  const labels = owner.metadata.labels ?? {};
  const extra = [
    ...(raw.matchLabelKeys ?? [])
      .filter((key) => key in labels)
      .map((key) => ({ key, operator: 'In', values: [labels[key] as string] })),
    ...(raw.mismatchLabelKeys ?? [])
      .filter((key) => key in labels)
      .map((key) => ({ key, operator: 'NotIn', values: [labels[key] as string] })),
  ];
  if (extra.length === 0) return raw.labelSelector;
  return { ...raw.labelSelector, matchExpressions: [...(raw.labelSelector.matchExpressions ?? []), ...extra] };
}

export function podAffinityTerm(raw: RawTerm, owner: DeepReadonly<Pod>): PodAffinityTerm {
  const ownNamespace = owner.metadata.namespace ?? '';
  const selector = mergedSelector(raw, owner);
  const named = raw.namespaces?.length || raw.namespaceSelector ? [...(raw.namespaces ?? [])].sort() : [ownNamespace];
  const namespaces = new Set(named);
  // An absent selector matches nothing, an empty one everything; labelSelectorMatcher keeps both meanings.
  const labels = labelSelectorMatcher(selector);
  const namespaceLabelsMatch = raw.namespaceSelector ? labelSelectorMatcher(raw.namespaceSelector) : undefined;
  return {
    topologyKey: raw.topologyKey,
    selector: {
      key: JSON.stringify([named, raw.namespaceSelector ?? null, selector ?? null]),
      pins: namespaceLabelsMatch ? undefined : pinsOf(namespaces, labels),
      usesNamespaceLabels: namespaceLabelsMatch !== undefined,
      matches(pod, namespaceLabels) {
        const namespace = pod.metadata.namespace ?? '';
        const inNamespace = namespaces.has(namespace) || (namespaceLabelsMatch?.(namespaceLabels(namespace)) ?? false);
        return inNamespace && labels(pod.metadata.labels ?? {});
      },
    },
  };
}

/** Pods that every one of the selectors means. */
export function allOf(selectors: readonly PodSelector[]): PodSelector {
  const [first] = selectors;
  if (first && selectors.length === 1) return first;
  return {
    key: `all ${selectors.map(({ key }) => key).join(' ')}`,
    pins: selectors.find(({ pins }) => pins)?.pins,
    usesNamespaceLabels: selectors.some(({ usesNamespaceLabels }) => usesNamespaceLabels),
    matches: (pod, namespaceLabels) => selectors.every((selector) => selector.matches(pod, namespaceLabels)),
  };
}
