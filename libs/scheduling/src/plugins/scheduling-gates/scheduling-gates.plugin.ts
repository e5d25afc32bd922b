import type { PreEnqueuePlugin } from '../../framework/plugin';
import { interest, isOwnChange } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { PodInfo } from '../../cache/pod-info';

/** A pod with scheduling gates stays out of the queue until they are gone. */
export class SchedulingGates implements PreEnqueuePlugin {
  static readonly pluginName = 'SchedulingGates';
  readonly name = SchedulingGates.pluginName;
  readonly events = [interest('PodChanged', (pod, event) => isOwnChange(pod, event) && event.changed.has('gates'))];

  preEnqueue(pod: PodInfo): Rejection | undefined {
    const gates = (pod.pod.spec?.schedulingGates ?? []).map(({ name }) => name);
    return gates.length === 0
      ? undefined
      : rejection(this.name, 'unresolvable', `waiting for scheduling gates: [${gates.join(' ')}]`);
  }
}
