import type { FilterPlugin, PreFilterOutcome, PreFilterPlugin, SignPlugin } from '../../framework/plugin';
import { ClusterEventInterest, interest } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import { HostPortsInUse } from '../../cache/host-ports';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';

const refused = rejection('NodePorts', 'unschedulable', "node(s) didn't have free ports for the requested pod ports");

/** Whether the other pod holds a port that this one wants. */
function sharePorts(pod: PodInfo, other: PodInfo): boolean {
  if (other.hostPorts.length === 0) return false;
  const held = new HostPortsInUse();
  held.add(other.hostPorts);
  return held.conflicts(pod.hostPorts);
}

/** No two pods of a node hold the same host port on the same address. */
export class NodePorts implements PreFilterPlugin, FilterPlugin, SignPlugin {
  static readonly pluginName = 'NodePorts';
  readonly name = NodePorts.pluginName;
  readonly events: readonly ClusterEventInterest[] = [
    interest('PodRemoved', (pod, event) => sharePorts(pod, event.pod)),
    interest('NodeAdded'),
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
