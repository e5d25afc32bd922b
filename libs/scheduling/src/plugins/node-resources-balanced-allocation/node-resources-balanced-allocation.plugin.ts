import type { PreScorePlugin, ScorePlugin, SignPlugin } from '../../framework/plugin';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { ResourceShares, ResourceWeight } from '../node-resources-fit/resource-shares';
import type { ResourceShare } from '../node-resources-fit/scoring-strategies';

export interface NodeResourcesBalancedAllocationArgs {
  readonly resources?: readonly ResourceWeight[];
}

const cpuAndMemory: readonly ResourceWeight[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

/** The standard deviation of how full the resources are; of two it is half their distance. */
function deviation(shares: readonly ResourceShare[]): number {
  const fractions: number[] = [];
  for (const { requested, allocatable } of shares)
    if (allocatable > 0) fractions.push(Math.min(1, requested / allocatable));
  if (fractions.length < 2) return 0;
  if (fractions.length === 2) return Math.abs(((fractions[0] as number) - (fractions[1] as number)) / 2);
  const mean = fractions.reduce((sum, fraction) => sum + fraction, 0) / fractions.length;
  const squares = fractions.reduce((sum, fraction) => sum + (fraction - mean) * (fraction - mean), 0);
  return Math.sqrt(squares / fractions.length);
}

/** Prefers nodes whose resources would be used in equal parts: 100 minus the standard deviation of the shares. */
export class NodeResourcesBalancedAllocation implements PreScorePlugin, ScorePlugin, SignPlugin {
  static readonly pluginName = 'NodeResourcesBalancedAllocation';
  readonly name = NodeResourcesBalancedAllocation.pluginName;
  private readonly shares: ResourceShares;

  constructor({ resources = cpuAndMemory }: NodeResourcesBalancedAllocationArgs = {}) {
    this.shares = new ResourceShares(resources, false);
  }

  signPod(pod: PodInfo): string {
    return pod.requestsText;
  }

  /** Pods that ask for nothing would all go to the node that happens to be in balance. */
  preScore(_state: CycleState, pod: PodInfo): boolean {
    return this.shares.asksForAny(pod);
  }

  score(_state: CycleState, pod: PodInfo, node: NodeInfo): number {
    return Math.trunc((1 - deviation(this.shares.of(pod, node))) * 100);
  }
}
