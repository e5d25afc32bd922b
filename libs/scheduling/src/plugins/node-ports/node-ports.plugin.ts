import type { FilterPlugin, PreFilterOutcome, PreFilterPlugin, SignPlugin } from '../../framework/plugin';
import type { ClusterEventInterest } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';

const refused = rejection('NodePorts', 'unschedulable', "node(s) didn't have free ports for the requested pod ports");

/** No two pods of a node hold the same host port on the same address. */
export class NodePorts implements PreFilterPlugin, FilterPlugin, SignPlugin {
  static readonly pluginName = 'NodePorts';
  readonly name = NodePorts.pluginName;
  readonly events: readonly ClusterEventInterest[] = [
    { kind: 'PodRemoved', helps: (_pod, event) => event.kind === 'PodRemoved' && event.pod.hostPorts.length > 0 },
    { kind: 'NodeAdded' },
  ];

  signPod(pod: PodInfo): string {
    return pod.hostPorts.map(({ protocol, ip, port }) => `${protocol}/${ip}/${port}`).join();
  }

  preFilter(_state: CycleState, pod: PodInfo): PreFilterOutcome {
    return pod.hostPorts.length === 0 ? { skip: true } : undefined;
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    return node.hostPorts.conflicts(pod.hostPorts) ? refused : undefined;
  }
}
