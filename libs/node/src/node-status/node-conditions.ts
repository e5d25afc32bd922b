import type { NodeCondition } from '@nestor/api';
import type { ContainerRuntime } from '@nestor/cri';

export type Readiness = { ready: true } | { ready: false; message: string };

/** Ready when the runtime answers and says that it and its network are ready. */
export async function readRuntimeReadiness(runtime: ContainerRuntime): Promise<Readiness> {
  try {
    const failing = (await runtime.status()).filter(({ status }) => !status);
    if (failing.length === 0) return { ready: true };
    const texts = failing.map(({ type, reason, message }) => {
      const what = type === 'NetworkReady' ? 'container runtime network not ready' : 'container runtime not ready';
      return `${what}: ${type}=false reason:${reason} message:${message}`;
    });
    return { ready: false, message: texts.join(', ') };
  } catch (error) {
    return { ready: false, message: `container runtime is down: ${(error as Error).message}` };
  }
}

/** kubelet's four conditions; a transition time moves only with the status. */
export function nodeConditions(readiness: Readiness, before: readonly NodeCondition[], now: string): NodeCondition[] {
  const wanted: [type: string, status: string, reason: string, message: string][] = [
    ['MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'],
    ['DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'],
    ['PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'],
    readiness.ready
      ? ['Ready', 'True', 'KubeletReady', 'kubelet is posting ready status']
      : ['Ready', 'False', 'KubeletNotReady', readiness.message],
  ];
  return wanted.map(([type, status, reason, message]) => {
    const old = before.find((condition) => condition.type === type);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : now;
    return { type, status, lastHeartbeatTime: now, lastTransitionTime, reason, message };
  });
}
