import type { PodInfo } from '../cache/pod-info';
import type { Rejection } from '../framework/rejection';

interface Known {
  generation: number;
  priority: number;
  ahead: readonly PodInfo[];
  refusal: Rejection | undefined;
}

/** Whether pods of one signature fit on nodes beside the pods nominated there: asked again only after a change there. */
export class CrowdedNodes {
  private readonly known = new Map<number, Known>();

  refusal(
    slot: number,
    { generation, priority, ahead }: Omit<Known, 'refusal'>,
    ask: () => Rejection | undefined,
  ): Rejection | undefined {
    const before = this.known.get(slot);
    if (before?.generation === generation && before.priority === priority && isSame(before.ahead, ahead))
      return before.refusal;
    const refusal = ask();
    this.known.set(slot, { generation, priority, ahead, refusal });
    return refusal;
  }
}

function isSame(a: readonly PodInfo[], b: readonly PodInfo[]): boolean {
  return a === b || (a.length === b.length && a.every((pod, at) => pod === b[at]));
}
