import { tolerates } from '@nestor/api';
import type { FilterPlugin, SignPlugin } from '../../framework/plugin';
import type { ClusterEventInterest } from '../../framework/cluster-event';
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
    { kind: 'NodeAdded' },
    {
      kind: 'NodeUpdated',
      helps: (_pod, event) =>
        event.kind === 'NodeUpdated' && event.changed.has('unschedulable') && !event.node.node.spec?.unschedulable,
    },
  ];

  signPod(pod: PodInfo): string {
    return pod.tolerationsText;
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    if (!node.node.spec?.unschedulable) return undefined;
    return pod.tolerations.some((toleration) => tolerates(toleration, taint)) ? undefined : refused;
  }
}
