import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { CycleState } from '../../framework/cycle-state';
import type { SignPlugin } from '../../framework/plugin';
import type { Rejection } from '../../framework/rejection';
import type { Filters } from '../../framework/run-filters';
import type { NominatedPods } from '../../queue/nominated-pods';
import { Budget, Victims, selectVictims } from './victims';

type Outcome = Victims | Rejection;

/** A preemptor with what is the same for all nodes. */
export interface Preemptor {
  filters: Filters;
  pod: PodInfo;
  state: CycleState;
  budgets: readonly Budget[];
}

interface Known {
  generation: number;
  /** The pods nominated there; none is the usual case and costs no list. */
  nominated: readonly PodInfo[];
  outcome: Outcome;
}

/** Kinds of preemptors whose outcomes are kept, each a few words a node that was tried. */
const keptKinds = 32;

/**
 * Who would have to go from a node for a pod. Preemptors whose plugins all sign them (so that they look at nothing but
 * the node and the signature) share what was found while neither the node nor the budgets change: of a thousand equal
 * pods the second finds most of its hundred nodes already tried.
 */
export class DryRuns {
  private readonly kinds = new Map<string, Map<number, Known>>();
  private budgets: readonly Budget[] = [];

  for(preemptor: Preemptor): { on(node: NodeInfo, generation: number, nominated: NominatedPods): Outcome } {
    const known = this.kindOf(preemptor);
    return {
      on: (node, generation, nominations) => {
        const nominated = nominations.on(node.name);
        // The preemptor's own nomination counts for the others, not for itself.
        if (nominated.some(({ uid }) => uid === preemptor.pod.uid)) return tryOn(preemptor, node, nominated);
        const earlier = known?.get(node.slot);
        if (earlier?.generation === generation && sameList(earlier.nominated, nominated)) return earlier.outcome;
        const outcome = tryOn(preemptor, node, nominated);
        known?.set(node.slot, { generation, nominated, outcome });
        return outcome;
      },
    };
  }

  private kindOf({ filters, pod, state, budgets }: Preemptor): Map<number, Known> | undefined {
    if (!sameList(budgets, this.budgets)) {
      this.kinds.clear();
      this.budgets = [...budgets];
    }
    const kind = kindOf(filters, state, pod);
    if (kind === undefined) return undefined;
    const known = this.kinds.get(kind) ?? new Map<number, Known>();
    this.kinds.delete(kind);
    this.kinds.set(kind, known);
    const [oldest] = this.kinds.keys();
    if (this.kinds.size > keptKinds && oldest !== undefined) this.kinds.delete(oldest);
    return known;
  }
}

function tryOn({ filters, pod, state, budgets }: Preemptor, node: NodeInfo, nominated: readonly PodInfo[]): Outcome {
  return selectVictims({ filters, pod, budgets, nominated }, state, node);
}

/** What preemptors of equal outcomes have in common; undefined when a plugin looks at more than its signature. */
function kindOf(filters: Filters, state: CycleState, pod: PodInfo): string | undefined {
  const parts = [String(pod.priority)];
  for (const plugin of filters.filter) {
    if (state.skippedFilters.has(plugin.name)) continue;
    const { signPod } = plugin as Partial<SignPlugin>;
    if (!signPod) return undefined;
    parts.push(signPod.call(plugin, pod));
  }
  return parts.join('\n');
}

function sameList<T>(a: readonly T[], b: readonly T[]): boolean {
  return a === b || (a.length === b.length && a.every((one, at) => one === b[at]));
}
