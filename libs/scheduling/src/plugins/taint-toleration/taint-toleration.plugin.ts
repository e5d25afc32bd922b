import { DeepReadonly, Taint, tolerates } from '@nestor/api';
import type { FilterPlugin, ScorePlugin, SignPlugin } from '../../framework/plugin';
import { ClusterEventInterest, interest, isOwnChange } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { normalizeToHundred } from '../default-normalize-score';

/** The first taint that keeps the pod away from the node. */
export function untoleratedTaint(pod: PodInfo, node: NodeInfo): DeepReadonly<Taint> | undefined {
  for (const taint of node.taints) {
    if (taint.effect === 'PreferNoSchedule') continue;
    if (!pod.tolerations.some((toleration) => tolerates(toleration, taint))) return taint;
  }
  return undefined;
}

/** NoSchedule and NoExecute taints must be tolerated; PreferNoSchedule ones count against a node. */
export class TaintToleration implements FilterPlugin, ScorePlugin, SignPlugin {
  static readonly pluginName = 'TaintToleration';
  readonly name = TaintToleration.pluginName;
  readonly events: readonly ClusterEventInterest[] = [
    interest('NodeAdded', (pod, { node }) => !untoleratedTaint(pod, node)),
    interest('NodeUpdated', (pod, { node, changed }) => changed.has('taints') && !untoleratedTaint(pod, node)),
    interest('PodChanged', (pod, event) => isOwnChange(pod, event) && event.changed.has('tolerations')),
  ];

  signPod(pod: PodInfo): string {
    return pod.tolerationsText;
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    const taint = untoleratedTaint(pod, node);
    return (
      taint &&
      rejection(this.name, 'unresolvable', `node(s) had untolerated taint {${taint.key}: ${taint.value ?? ''}}`)
    );
  }

  score(_state: CycleState, pod: PodInfo, node: NodeInfo): number {
    let intolerable = 0;
    for (const taint of node.taints) {
      if (taint.effect !== 'PreferNoSchedule') continue;
      const tolerated = pod.tolerations.some(
        (toleration) =>
          (!toleration.effect || toleration.effect === 'PreferNoSchedule') && tolerates(toleration, taint),
      );
      if (!tolerated) intolerable++;
    }
    return intolerable;
  }

  normalize(_state: CycleState, _pod: PodInfo, scores: Float64Array): void {
    normalizeToHundred(scores, true);
  }
}
