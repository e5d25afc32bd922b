import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import type { CycleState } from './cycle-state';
import type { FilterPlugin, PreFilterPlugin } from './plugin';
import type { Rejection } from './rejection';

/** The part of a profile that decides whether a pod fits on a node. */
export interface Filters {
  readonly preFilter: readonly PreFilterPlugin[];
  readonly filter: readonly FilterPlugin[];
}

/** The first plugin's refusal, by the state that pre-filter has left. */
export function runFilters(filters: Filters, state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
  for (const plugin of filters.filter) {
    if (state.skippedFilters.has(plugin.name)) continue;
    const refused = plugin.filter(state, pod, node);
    if (refused) return refused;
  }
  return undefined;
}

/** Puts the other pod on the (copied) node and into the (copied) state. */
export function tryAdding(filters: Filters, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void {
  node.addPod(other);
  for (const plugin of filters.preFilter)
    if (!state.skippedFilters.has(plugin.name)) plugin.addPod?.(state, pod, other, node);
}

export function tryRemoving(filters: Filters, state: CycleState, pod: PodInfo, other: PodInfo, node: NodeInfo): void {
  node.removePod(other.uid);
  for (const plugin of filters.preFilter)
    if (!state.skippedFilters.has(plugin.name)) plugin.removePod?.(state, pod, other, node);
}

/**
 * Whether the pod fits with the nominated pods there and without them: they may never come, and then what they bring
 * (affinity) must not be counted on.
 */
export function runFiltersWithNominated(
  filters: Filters,
  state: CycleState,
  pod: PodInfo,
  node: NodeInfo,
  nominated: readonly PodInfo[],
): Rejection | undefined {
  const ahead = nominated.filter((other) => other.uid !== pod.uid && other.priority >= pod.priority);
  if (ahead.length > 0) {
    const [tried, crowded] = [state.clone(), node.clone()];
    for (const other of ahead) tryAdding(filters, tried, pod, other, crowded);
    const refused = runFilters(filters, tried, pod, crowded);
    if (refused) return refused;
  }
  return runFilters(filters, state, pod, node);
}
