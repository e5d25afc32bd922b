import { findCondition, isConditionTrue } from '../../meta/conditions';
import type { DeepReadonly, Pod } from '../../meta/json-types';

export const isTerminalPhase = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

/** The pod's containers will not run again. */
export const isPodTerminal = (pod: Pick<DeepReadonly<Pod>, 'status'>): boolean => isTerminalPhase(pod.status?.phase);

export const isPodReady = (pod: Pick<DeepReadonly<Pod>, 'status'>): boolean =>
  isConditionTrue(pod.status?.conditions, 'Ready');

/** Ready, and for at least minReadySeconds. */
export function isPodAvailable(pod: Pick<DeepReadonly<Pod>, 'status'>, minReadySeconds: number, now: Date): boolean {
  if (!isPodReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = Date.parse(findCondition(pod.status?.conditions, 'Ready')?.lastTransitionTime ?? '');
  return !Number.isNaN(since) && since + minReadySeconds * 1000 <= now.getTime();
}

/** controller.IsPodActive: neither finished nor being deleted. */
export const isPodActive = (pod: DeepReadonly<Pod>): boolean => !isPodTerminal(pod) && !pod.metadata.deletionTimestamp;
