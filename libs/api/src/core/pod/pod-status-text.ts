import { isConditionTrue } from '../../meta/conditions';
import { ageSince } from '../../meta/human-duration';
import type { ContainerStatus, DeepReadonly, Pod } from '../../meta/json-types';
import { isTerminalPhase } from './pod-conditions';
import { isRestartableInitContainer } from './pod-resources';

/** The READY, STATUS and RESTARTS cells of `kubectl get pods` (printPod of pkg/printers/internalversion). */
export interface PodSummary {
  ready: string;
  status: string;
  restarts: string;
}

type Status = DeepReadonly<ContainerStatus>;

interface Restarts {
  count: number;
  /** RFC 3339 of the newest termination before a restart, '' when there was none. */
  last: string;
}

function countRestarts(into: Restarts, status: Status): void {
  into.count += status.restartCount;
  const finished = status.lastState?.terminated?.finishedAt ?? '';
  if (finished > into.last) into.last = finished;
}

function terminatedReason({
  reason,
  signal,
  exitCode,
}: {
  reason?: string;
  signal?: number;
  exitCode: number;
}): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`);
}

interface Initialisation {
  reason?: string;
  ready: number;
  restarts: Restarts;
  sidecarRestarts: Restarts;
}

function readInitContainers(pod: DeepReadonly<Pod>): Initialisation {
  const specs = pod.spec?.initContainers ?? [];
  const result: Initialisation = {
    ready: 0,
    restarts: { count: 0, last: '' },
    sidecarRestarts: { count: 0, last: '' },
  };
  for (const [index, status] of (pod.status?.initContainerStatuses ?? []).entries()) {
    const sidecar = isRestartableInitContainer(specs.find((spec) => spec.name === status.name));
    countRestarts(result.restarts, status);
    if (sidecar) countRestarts(result.sidecarRestarts, status);
    const { terminated, waiting } = status.state ?? {};
    if (terminated?.exitCode === 0) continue;
    if (sidecar && status.started) {
      if (status.ready) result.ready++;
      continue;
    }
    if (terminated) result.reason = `Init:${terminatedReason(terminated)}`;
    else if (waiting?.reason && waiting.reason !== 'PodInitializing') result.reason = `Init:${waiting.reason}`;
    else result.reason = `Init:${index}/${specs.length}`;
    // The first init container that has not finished tells the story.
    break;
  }
  return result;
}

function readContainers(
  pod: DeepReadonly<Pod>,
  restarts: Restarts,
): { reason?: string; ready: number; running: boolean } {
  let reason: string | undefined;
  let ready = 0;
  // From last to first: of several reasons the first container's is shown.
  for (const status of [...(pod.status?.containerStatuses ?? [])].reverse()) {
    countRestarts(restarts, status);
    const { terminated, waiting, running } = status.state ?? {};
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = terminatedReason(terminated);
    else if (status.ready && running) ready++;
  }
  return { reason, ready, running: ready > 0 };
}

export function podSummary(pod: DeepReadonly<Pod>, now: Date): PodSummary {
  const conditions = pod.status?.conditions ?? [];
  let reason: string = pod.status?.reason || pod.status?.phase || '';
  if (conditions.some(({ type, reason: why }) => type === 'PodScheduled' && why === 'SchedulingGated')) {
    reason = 'SchedulingGated';
  }
  const init = readInitContainers(pod);
  let { restarts, ready } = init;
  reason = init.reason ?? reason;
  if (init.reason === undefined || isConditionTrue(conditions, 'Initialized')) {
    restarts = init.sidecarRestarts;
    const main = readContainers(pod, restarts);
    ready += main.ready;
    reason = main.reason ?? reason;
    if (reason === 'Completed' && main.running) reason = isConditionTrue(conditions, 'Ready') ? 'Running' : 'NotReady';
  }
  if (pod.metadata.deletionTimestamp) {
    if (pod.status?.reason === 'NodeLost') reason = 'Unknown';
    else if (!isTerminalPhase(pod.status?.phase)) reason = 'Terminating';
  }
  const total =
    (pod.spec?.containers.length ?? 0) + (pod.spec?.initContainers ?? []).filter(isRestartableInitContainer).length;
  const ago = restarts.count !== 0 && restarts.last !== '' ? ` (${ageSince(restarts.last, now)} ago)` : '';
  return { ready: `${ready}/${total}`, status: reason, restarts: `${restarts.count}${ago}` };
}
