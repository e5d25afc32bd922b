import type { DeepReadonly, LabelMatcher, Pod } from '@nestor/api';

export type NamespaceLabels = (namespace: string) => Readonly<Record<string, string>>;

/** Which pods are meant. Equal selectors of many pods share one key, so that counting is per selector, not per pod. */
export interface PodSelector {
  /** Canonical text of everything that decides what matches. */
  readonly key: string;
  /** Namespace and one label that every matching pod must have ("ns/key=value"); undefined when there is none to name. */
  readonly pins: readonly string[] | undefined;
  /** True when the answer also depends on namespace labels. */
  readonly usesNamespaceLabels: boolean;
  matches(pod: DeepReadonly<Pod>, namespaceLabels: NamespaceLabels): boolean;
}

/** The pins of a selector over fixed namespaces. */
export function pinsOf(namespaces: Iterable<string>, labels: LabelMatcher): string[] | undefined {
  const exact = labels.requirements.find(
    ({ operator, values }) => operator === '=' || operator === '==' || (operator === 'in' && values.length === 1),
  );
  return exact && [...namespaces].map((namespace) => `${namespace}/${exact.key}=${exact.values[0]}`);
}

/** Every pin that a selector matching the pod can have. */
export function pinsOfPod(pod: DeepReadonly<Pod>): string[] {
  const { namespace = '', labels } = pod.metadata;
  return Object.entries(labels ?? {}).map(([key, value]) => `${namespace}/${key}=${value}`);
}

/** Finds the selectors that may match a pod without asking all of them. */
export class SelectorIndex<T extends { readonly selector: PodSelector }> {
  private readonly pinned = new Map<string, Set<T>>();
  private readonly others = new Set<T>();

  add(item: T): void {
    const { pins } = item.selector;
    if (!pins) this.others.add(item);
    for (const pin of pins ?? []) {
      const bucket = this.pinned.get(pin);
      if (bucket) bucket.add(item);
      else this.pinned.set(pin, new Set([item]));
    }
  }

  delete(item: T): void {
    this.others.delete(item);
    for (const pin of item.selector.pins ?? []) {
      const bucket = this.pinned.get(pin);
      bucket?.delete(item);
      if (bucket?.size === 0) this.pinned.delete(pin);
    }
  }

  /** Calls `found` for each item whose selector matches the pod. */
  matching(pod: DeepReadonly<Pod>, pins: readonly string[], labels: NamespaceLabels, found: (item: T) => void): void {
    for (const item of this.others) if (item.selector.matches(pod, labels)) found(item);
    if (this.pinned.size === 0) return;
    for (const pin of pins) {
      const bucket = this.pinned.get(pin);
      if (bucket) for (const item of bucket) if (item.selector.matches(pod, labels)) found(item);
    }
  }
}
