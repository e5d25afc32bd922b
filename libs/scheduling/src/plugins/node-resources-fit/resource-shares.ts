import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { ResourceAmounts } from '../../cache/resource-amounts';
import type { ResourceShare } from './scoring-strategies';

export interface ResourceWeight {
  readonly name: string;
  readonly weight: number;
}

function amountOf(amounts: Readonly<ResourceAmounts>, name: string): number {
  if (name === 'cpu') return amounts.milliCpu;
  if (name === 'memory') return amounts.memory;
  if (name === 'ephemeral-storage') return amounts.ephemeralStorage;
  return amounts.scalars.get(name) ?? 0;
}

/**
 * The shares of the configured resources that a node would have taken with the pod on it. One array is used over and
 * over: what reads it must not keep it.
 */
export class ResourceShares {
  private readonly shares: { -readonly [K in keyof ResourceShare]: ResourceShare[K] }[];

  constructor(
    private readonly resources: readonly ResourceWeight[],
    /** Whether CPU and memory that a pod does not ask for count with kube-scheduler's stand-ins. */
    private readonly withStandIns: boolean,
  ) {
    this.shares = resources.map(({ weight }) => ({ requested: 0, allocatable: 0, weight }));
  }

  of(pod: PodInfo, node: NodeInfo): readonly ResourceShare[] {
    this.resources.forEach(({ name }, at) => {
      const share = this.shares[at];
      if (!share) return;
      const asked = this.askedBy(pod, name);
      // A pod that does not ask for a scalar resource is not scored by it.
      const isScored = asked > 0 || name === 'cpu' || name === 'memory' || name === 'ephemeral-storage';
      share.allocatable = isScored ? amountOf(node.allocatable, name) : 0;
      share.requested = share.allocatable === 0 ? 0 : asked + this.takenOf(node, name);
    });
    return this.shares;
  }

  asksForAny(pod: PodInfo): boolean {
    return this.resources.some(({ name }) => this.askedBy(pod, name) > 0);
  }

  private askedBy(pod: PodInfo, name: string): number {
    if (this.withStandIns && name === 'cpu') return pod.scoringCpu;
    if (this.withStandIns && name === 'memory') return pod.scoringMemory;
    return amountOf(pod.requests, name);
  }

  private takenOf(node: NodeInfo, name: string): number {
    if (this.withStandIns && name === 'cpu') return node.scoringCpu;
    if (this.withStandIns && name === 'memory') return node.scoringMemory;
    return amountOf(node.requested, name);
  }
}
