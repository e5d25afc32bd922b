import type { QueueSortPlugin, QueuedPod } from '../../framework/plugin';

/** Higher priority first; among equals the one that waits longer. */
export class PrioritySort implements QueueSortPlugin {
  static readonly pluginName = 'PrioritySort';
  readonly name = PrioritySort.pluginName;

  compare(a: QueuedPod, b: QueuedPod): number {
    return b.pod.priority - a.pod.priority || a.timestamp - b.timestamp;
  }
}
