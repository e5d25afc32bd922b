import type { ScorePlugin } from '../../framework/plugin';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';

/** Prefers nodes whose CPU and memory would be used in equal parts: 100 minus the standard deviation of the two shares. */
export class NodeResourcesBalancedAllocation implements ScorePlugin {
  static readonly pluginName = 'NodeResourcesBalancedAllocation';
  readonly name = NodeResourcesBalancedAllocation.pluginName;

  score(_state: CycleState, pod: PodInfo, node: NodeInfo): number {
    const { milliCpu, memory } = node.allocatable;
    if (milliCpu === 0 || memory === 0) return 0;
    const cpuShare = Math.min(1, (node.requested.milliCpu + pod.requests.milliCpu) / milliCpu);
    const memoryShare = Math.min(1, (node.requested.memory + pod.requests.memory) / memory);
    return Math.floor((1 - Math.abs(cpuShare - memoryShare) / 2) * 100);
  }
}
