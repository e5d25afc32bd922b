import { tolerates } from '@nestor/api';
import type { FilterPlugin, SignPlugin } from '../../framework/plugin';
import { ClusterEventInterest, interest, isOwnChange } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';

const refused = rejection('NodeUnschedulable', 'unresolvable', 'node(s) were unschedulable');
const taint = { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' } as const;

/** Cordoned nodes take only pods that tolerate the unschedulable taint. */
export class NodeUnschedulable implements FilterPlugin, SignPlugin {
  static readonly pluginName = 'NodeUnschedulable';
  readonly name = NodeUnschedulable.pluginName;
  readonly events: readonly ClusterEventInterest[] = [
    interest('NodeAdded', (_pod, { node }) => !node.node.spec?.unschedulable),
    interest(
      'NodeUpdated',
      (_pod, { node, changed }) => changed.has('unschedulable') && !node.node.spec?.unschedulable,
    ),
    interest('PodChanged', (pod, event) => isOwnChange(pod, event) && event.changed.has('tolerations')),
  ];

  signPod(pod: PodInfo): string {
    return pod.tolerationsText;
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    if (!node.node.spec?.unschedulable) return undefined;
    return pod.tolerations.some((toleration) => tolerates(toleration, taint)) ? undefined : refused;
  }
}
