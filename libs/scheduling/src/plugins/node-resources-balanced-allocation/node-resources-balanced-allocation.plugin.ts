import type { PreScorePlugin, ScorePlugin, SignPlugin } from '../../framework/plugin';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';

/** Prefers nodes whose CPU and memory would be used in equal parts: 100 minus the standard deviation of the two shares. */
export class NodeResourcesBalancedAllocation implements PreScorePlugin, ScorePlugin, SignPlugin {
  static readonly pluginName = 'NodeResourcesBalancedAllocation';
  readonly name = NodeResourcesBalancedAllocation.pluginName;

  signPod(pod: PodInfo): string {
    return pod.requestsText;
  }

  /** Pods that ask for nothing would all go to the node that happens to be in balance. */
  preScore(_state: CycleState, { requests }: PodInfo): boolean {
    return requests.milliCpu > 0 || requests.memory > 0;
  }

  score(_state: CycleState, pod: PodInfo, node: NodeInfo): number {
    const { milliCpu, memory } = node.allocatable;
    if (milliCpu === 0 || memory === 0) return 100;
    const cpuShare = Math.min(1, (node.requested.milliCpu + pod.requests.milliCpu) / milliCpu);
    const memoryShare = Math.min(1, (node.requested.memory + pod.requests.memory) / memory);
    return Math.trunc((1 - Math.abs((cpuShare - memoryShare) / 2)) * 100);
  }
}
