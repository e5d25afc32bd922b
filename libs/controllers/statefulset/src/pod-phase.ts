import { isPodFinished, isPodReady, untilAvailable } from '@nestor/controller-kit';
import type { ObservedPod } from './pod-identity';

export const isCreated = (pod: ObservedPod): boolean => pod.status?.phase !== undefined && pod.status.phase !== '';
export const isTerminating = (pod: ObservedPod): boolean => pod.metadata.deletionTimestamp !== undefined;
export const isRunningAndReady = (pod: ObservedPod): boolean => pod.status?.phase === 'Running' && isPodReady(pod);
export const isHealthy = (pod: ObservedPod): boolean => isRunningAndReady(pod) && !isTerminating(pod);
export const isFinished = isPodFinished;

export function isAvailable(pod: ObservedPod, minReadySeconds: number, now: number): boolean {
  return isRunningAndReady(pod) && untilAvailable(pod, minReadySeconds, now) === 0;
}
