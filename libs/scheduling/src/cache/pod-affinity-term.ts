import { DeepReadonly, LabelSelector, Pod, labelSelectorMatcher } from '@nestor/api';

type RawTerm = DeepReadonly<{
  labelSelector?: LabelSelector;
  namespaces?: string[];
  namespaceSelector?: LabelSelector;
  topologyKey: string;
  matchLabelKeys?: string[];
  mismatchLabelKeys?: string[];
}>;

/** One (anti-)affinity term, ready to match. Equal terms of many pods share one key, so that counting is per term, not per pod. */
export interface PodAffinityTerm {
  /** Canonical text of everything that decides what the term matches. */
  readonly key: string;
  readonly topologyKey: string;
  /** True when the term also depends on namespace labels. */
  readonly usesNamespaceLabels: boolean;
  matches(pod: DeepReadonly<Pod>, namespaceLabels: (namespace: string) => Readonly<Record<string, string>>): boolean;
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
  const matchesLabels = selector ? labelSelectorMatcher(selector) : () => false;
  const matchesNamespaceLabels = raw.namespaceSelector ? labelSelectorMatcher(raw.namespaceSelector) : undefined;
  return {
    key: JSON.stringify([raw.topologyKey, named, raw.namespaceSelector ?? null, selector ?? null]),
    topologyKey: raw.topologyKey,
    usesNamespaceLabels: matchesNamespaceLabels !== undefined,
    matches(pod, namespaceLabels) {
      const namespace = pod.metadata.namespace ?? '';
      const inNamespace = namespaces.has(namespace) || (matchesNamespaceLabels?.(namespaceLabels(namespace)) ?? false);
      return inNamespace && matchesLabels(pod.metadata.labels ?? {});
    },
  };
}
