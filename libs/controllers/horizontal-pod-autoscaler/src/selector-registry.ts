import type { LabelMatcher } from '@nestor/api';
import type { ObservedPod } from './calculation/pod-groups';

interface Selecting {
  namespace: string;
  name: string;
  matcher: LabelMatcher;
}

/** Which pods which autoscaler counts: two that count the same would work against each other. */
export class SelectorRegistry {
  private readonly byNamespace = new Map<string, Map<string, Selecting>>();

  set(namespace: string, name: string, matcher: LabelMatcher): void {
    const inNamespace = this.byNamespace.get(namespace) ?? new Map<string, Selecting>();
    this.byNamespace.set(namespace, inNamespace.set(name, { namespace, name, matcher }));
  }

  delete(namespace: string, name: string): void {
    this.byNamespace.get(namespace)?.delete(name);
  }

  /** Names of the namespace's autoscalers that count any of the pods. */
  selecting(namespace: string, pods: readonly ObservedPod[]): string[] {
    return [...(this.byNamespace.get(namespace)?.values() ?? [])]
      .filter(({ matcher }) => pods.some(({ metadata }) => matcher.matches(metadata.labels)))
      .map(({ name }) => name)
      .sort();
  }
}
