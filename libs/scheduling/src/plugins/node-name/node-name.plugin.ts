import type { FilterPlugin, SignPlugin } from '../../framework/plugin';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';

const refused = rejection('NodeName', 'unresolvable', "node(s) didn't match the requested node name");

/** A pod that names its node fits that node alone. */
export class NodeName implements FilterPlugin, SignPlugin {
  static readonly pluginName = 'NodeName';
  readonly name = NodeName.pluginName;
  readonly events = [{ kind: 'NodeAdded' as const }];

  signPod({ pod }: PodInfo): string {
    return pod.spec?.nodeName ?? '';
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    const wanted = pod.pod.spec?.nodeName;
    return wanted && wanted !== node.name ? refused : undefined;
  }
}
