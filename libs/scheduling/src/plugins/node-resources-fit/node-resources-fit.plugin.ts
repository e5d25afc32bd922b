import type { FilterPlugin, ScorePlugin, SignPlugin } from '../../framework/plugin';
import type { ClusterEventInterest } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';

export type ScoringStrategy = 'LeastAllocated' | 'MostAllocated';

interface Shortage {
  reason: string;
  /** The node could not hold the pod even when empty. */
  never: boolean;
}

/** What the usual pod asks for, without a list of what is short. */
function fitsPlainly({ requests }: PodInfo, { requested, allocatable, pods, allocatablePods }: NodeInfo): boolean {
  return (
    pods.size < allocatablePods &&
    (requests.milliCpu === 0 || requests.milliCpu <= allocatable.milliCpu - requested.milliCpu) &&
    (requests.memory === 0 || requests.memory <= allocatable.memory - requested.memory) &&
    requests.ephemeralStorage === 0 &&
    requests.scalars.size === 0
  );
}

function shortages(pod: PodInfo, node: NodeInfo): readonly Shortage[] {
  if (fitsPlainly(pod, node)) return [];
  const found: Shortage[] = [];
  if (node.pods.size + 1 > node.allocatablePods)
    found.push({ reason: 'Too many pods', never: node.allocatablePods === 0 });
  const check = (name: string, asked: number, used: number, allocatable: number): void => {
    if (asked > 0 && asked > allocatable - used)
      found.push({ reason: `Insufficient ${name}`, never: asked > allocatable });
  };
  const { requests } = pod;
  check('cpu', requests.milliCpu, node.requested.milliCpu, node.allocatable.milliCpu);
  check('memory', requests.memory, node.requested.memory, node.allocatable.memory);
  check(
    'ephemeral-storage',
    requests.ephemeralStorage,
    node.requested.ephemeralStorage,
    node.allocatable.ephemeralStorage,
  );
  for (const [name, asked] of requests.scalars)
    check(name, asked, node.requested.scalars.get(name) ?? 0, node.allocatable.scalars.get(name) ?? 0);
  return found;
}

function share(strategy: ScoringStrategy, wanted: number, allocatable: number): number {
  if (allocatable === 0 || wanted > allocatable) return 0;
  const free = ((allocatable - wanted) * 100) / allocatable;
  return Math.floor(strategy === 'LeastAllocated' ? free : 100 - free);
}

/** Whether a node has room for what the pod requests, and how much stays free. */
export class NodeResourcesFit implements FilterPlugin, ScorePlugin, SignPlugin {
  static readonly pluginName = 'NodeResourcesFit';
  readonly name = NodeResourcesFit.pluginName;
  readonly events: readonly ClusterEventInterest[] = [
    { kind: 'PodRemoved' },
    { kind: 'NodeAdded', helps: (pod, event) => event.kind === 'NodeAdded' && shortages(pod, event.node).length === 0 },
    {
      kind: 'NodeUpdated',
      helps: (pod, event) =>
        event.kind === 'NodeUpdated' && event.changed.has('allocatable') && shortages(pod, event.node).length === 0,
    },
  ];

  private readonly refusals = new Map<string, Rejection>();

  constructor(private readonly strategy: ScoringStrategy = 'LeastAllocated') {}

  signPod(pod: PodInfo): string {
    return pod.requestsText;
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    const found = shortages(pod, node);
    if (found.length === 0) return undefined;
    const code = found.some(({ never }) => never) ? 'unresolvable' : 'unschedulable';
    return this.refusal(
      code,
      found.map(({ reason }) => reason),
    );
  }

  /** Thousands of nodes lack the same: they share one answer. */
  private refusal(code: Rejection['code'], reasons: readonly string[]): Rejection {
    const key = `${code} ${reasons.join()}`;
    let known = this.refusals.get(key);
    if (!known) this.refusals.set(key, (known = rejection(this.name, code, ...reasons)));
    return known;
  }

  score(_state: CycleState, pod: PodInfo, node: NodeInfo): number {
    const cpu = share(this.strategy, node.scoringCpu + pod.scoringCpu, node.allocatable.milliCpu);
    const memory = share(this.strategy, node.scoringMemory + pod.scoringMemory, node.allocatable.memory);
    return Math.floor((cpu + memory) / 2);
  }
}
