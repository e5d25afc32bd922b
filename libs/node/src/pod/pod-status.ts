import {
  findCondition,
  isRestartableInitContainer,
  podQosClass,
  type Container,
  type ContainerStatus,
  type DeepReadonly,
  type Pod,
  type PodCondition,
  type PodStatus,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { shouldRestart } from './pod-plan';
import {
  latestContainer,
  readySandbox,
  restartCountOf,
  type RuntimePod,
  type RuntimePodContainer,
} from './runtime-pod';

export interface WaitingReason {
  reason: string;
  message?: string;
}

export interface StatusInput {
  pod: DeepReadonly<Pod>;
  view: RuntimePod;
  hostIPs: readonly string[];
  runtimeName: string;
  /** Why a container does not run, where something stands in its way. */
  waiting: ReadonlyMap<string, WaitingReason>;
  isStarted(container: RuntimePodContainer): boolean;
  isReady(container: RuntimePodContainer): boolean;
  terminationMessage?(container: RuntimePodContainer): string;
  now: Date;
}

type State = NonNullable<ContainerStatus['state']>;

const time = (nanoseconds: number): string => rfc3339(nanoseconds / 1e6);

/** The status the API server should hold for a pod. Pure: kubelet's generateAPIPodStatus. */
export function generatePodStatus(input: StatusInput): PodStatus {
  const { pod, view } = input;
  const old = pod.status;
  const initialized = isInitialized(input);
  const initStatuses = (pod.spec?.initContainers ?? []).map((container) => containerStatus(input, container, 'init'));
  const statuses = (pod.spec?.containers ?? []).map((container) =>
    containerStatus(input, container, initialized ? 'main' : 'blocked'),
  );
  const phase = podPhase(pod, initStatuses, statuses);
  const sandboxIPs = readySandbox(view)?.ips ?? [];
  const ips = pod.spec?.hostNetwork ? (view.sandboxes.length ? [...input.hostIPs] : []) : sandboxIPs;
  // A finished pod keeps the address it had: others may still look for it there.
  const podIPs = ips.length ? ips.map((ip) => ({ ip })) : (old?.podIPs ?? []).map(({ ip }) => ({ ip }));
  const status: PodStatus = {
    observedGeneration: pod.metadata.generation,
    phase,
    conditions: conditions(input, { phase, initStatuses, statuses, initialized }),
    hostIP: input.hostIPs[0],
    hostIPs: input.hostIPs.map((ip) => ({ ip })),
    ...(podIPs.length ? { podIP: podIPs[0]?.ip, podIPs: podIPs } : {}),
    startTime: old?.startTime ?? rfc3339(input.now),
    ...(initStatuses.length ? { initContainerStatuses: initStatuses } : {}),
    containerStatuses: statuses,
    qosClass: old?.qosClass ?? podQosClass(pod),
  };
  if (old?.reason) status.reason = old.reason;
  if (old?.message) status.message = old.message;
  return status;
}

export function isInitialized({ pod, view, isStarted }: Pick<StatusInput, 'pod' | 'view' | 'isStarted'>): boolean {
  if ((pod.spec?.containers ?? []).some(({ name }) => latestContainer(view, name))) return true;
  return (pod.spec?.initContainers ?? []).every((container) => {
    const last = latestContainer(view, container.name);
    if (!last) return false;
    if (isRestartableInitContainer(container)) return last.state === 'CONTAINER_RUNNING' && isStarted(last);
    return last.state === 'CONTAINER_EXITED' && last.exitCode === 0;
  });
}

function containerStatus(
  input: StatusInput,
  container: DeepReadonly<Container>,
  kind: 'init' | 'main' | 'blocked',
): ContainerStatus {
  const { view, pod } = input;
  const attempts = view.containers.filter(({ metadata }) => metadata.name === container.name);
  const last = attempts[0];
  const waiting = input.waiting.get(container.name);
  const isSidecar = kind === 'init' && isRestartableInitContainer(container);
  const policy = isSidecar ? 'Always' : pod.spec?.restartPolicy;
  const isInitDone = kind === 'init' && !isSidecar && last?.state === 'CONTAINER_EXITED' && last.exitCode === 0;
  const hasToWait = waiting && last?.state !== 'CONTAINER_RUNNING' && !isInitDone;
  const restarts = last?.state === 'CONTAINER_EXITED' && !isInitDone && shouldRestart(policy, last);
  const base = {
    name: container.name,
    image: last?.image || container.image || '',
    imageID: last?.imageRef ?? '',
    ...(last ? { containerID: `${input.runtimeName}://${last.id}` } : {}),
    ...(container.resources?.requests ? { allocatedResources: { ...container.resources.requests } } : {}),
    ...(container.resources ? { resources: structuredClone(container.resources) as ContainerStatus['resources'] } : {}),
  };
  const before = attempts.find((attempt) => attempt !== last && attempt.state === 'CONTAINER_EXITED');
  const restartCount = last ? restartCountOf(last) : 0;
  if (!last || (hasToWait && (restarts || last.state !== 'CONTAINER_EXITED'))) {
    const state = { waiting: waiting ?? defaultWaiting(input, kind) };
    const ended = last?.state === 'CONTAINER_EXITED' ? last : before;
    return { ...base, state, lastState: lastState(input, ended), ready: false, started: false, restartCount };
  }
  const running = last.state === 'CONTAINER_RUNNING';
  const started = running && input.isStarted(last);
  const ready = isInitDone || (running && started && (kind !== 'init' || isSidecar) && input.isReady(last));
  return { ...base, state: stateOf(input, last), lastState: lastState(input, before), ready, started, restartCount };
}

function defaultWaiting(input: StatusInput, kind: 'init' | 'main' | 'blocked'): WaitingReason {
  const hasInit = (input.pod.spec?.initContainers ?? []).length > 0;
  return { reason: hasInit && kind !== 'main' ? 'PodInitializing' : 'ContainerCreating' };
}

function stateOf(input: StatusInput, container: RuntimePodContainer): State {
  if (container.state === 'CONTAINER_RUNNING') return { running: { startedAt: time(container.startedAt) } };
  if (container.state === 'CONTAINER_EXITED') return { terminated: terminated(input, container) };
  return { waiting: { reason: 'ContainerCreating' } };
}

function lastState(input: StatusInput, container: RuntimePodContainer | undefined): State {
  return container ? { terminated: terminated(input, container) } : {};
}

function terminated(input: StatusInput, container: RuntimePodContainer): NonNullable<State['terminated']> {
  const message = input.terminationMessage?.(container) || container.message;
  return {
    exitCode: container.exitCode,
    reason: container.reason || (container.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message ? { message } : {}),
    startedAt: container.startedAt ? time(container.startedAt) : time(container.createdAt),
    finishedAt: time(container.finishedAt),
    containerID: `${input.runtimeName}://${container.id}`,
  };
}

/** kubelet's getPhase. */
function podPhase(pod: DeepReadonly<Pod>, init: ContainerStatus[], main: ContainerStatus[]): string {
  const old = pod.status?.phase;
  if (old === 'Failed' || old === 'Succeeded') return old;
  const policy = pod.spec?.restartPolicy;
  const specs = pod.spec?.initContainers ?? [];
  const pending = main.length === 0 || main.some(({ state, lastState }) => state?.waiting && !lastState?.terminated);
  for (const [at, status] of init.entries()) {
    if (isRestartableInitContainer(specs[at])) continue;
    const failed = status.state?.terminated && status.state.terminated.exitCode !== 0;
    if (failed && policy === 'Never') return 'Failed';
  }
  if (pending) return 'Pending';
  if (main.some(({ state }) => state?.running)) return 'Running';
  if (policy === 'Always' || policy === undefined) return 'Running';
  if (main.some(({ state }) => state?.waiting)) return 'Running';
  if (main.every(({ state }) => state?.terminated?.exitCode === 0)) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

interface Summary {
  phase: string;
  initStatuses: ContainerStatus[];
  statuses: ContainerStatus[];
  initialized: boolean;
}

function conditions(input: StatusInput, summary: Summary): PodCondition[] {
  const { pod, view, now } = input;
  const containersReady = containersReadyCondition(input, summary);
  const set: Omit<PodCondition, 'lastTransitionTime'>[] = [
    condition('PodReadyToStartContainers', readySandbox(view) !== undefined),
    initializedCondition(summary),
    podReady(pod, containersReady),
    containersReady,
    condition('PodScheduled', true),
  ];
  const own = new Set(set.map(({ type }) => type));
  // Conditions of others (readiness gates, DisruptionTarget) are theirs to keep.
  const foreign = (pod.status?.conditions ?? []).filter(({ type }) => !own.has(type)) as PodCondition[];
  return [
    ...set.map((fresh) => {
      const before = findCondition(pod.status?.conditions, fresh.type);
      const same = before?.status === fresh.status;
      const lastTransitionTime = (same && before.lastTransitionTime) || rfc3339(now);
      return { ...fresh, lastProbeTime: null as unknown as undefined, lastTransitionTime };
    }),
    ...foreign,
  ];
}

const condition = (type: string, status: boolean, reason?: string, message?: string) => ({
  type,
  status: status ? 'True' : 'False',
  ...(reason ? { reason } : {}),
  ...(message ? { message } : {}),
});

function initializedCondition({ phase, initStatuses, initialized }: Summary) {
  if (initialized || phase === 'Succeeded') {
    return condition('Initialized', true, phase === 'Succeeded' ? 'PodCompleted' : undefined);
  }
  const names = initStatuses.filter(({ ready, started }) => !ready && !started).map(({ name }) => name);
  const message = `containers with incomplete status: [${names.join(' ')}]`;
  return condition('Initialized', false, 'ContainersNotInitialized', message);
}

function containersReadyCondition({ pod }: StatusInput, { phase, statuses, initStatuses }: Summary) {
  if (phase === 'Succeeded') return condition('ContainersReady', false, 'PodCompleted');
  if (phase === 'Failed') return condition('ContainersReady', false, 'PodFailed');
  const sidecars = initStatuses.filter((_, at) => isRestartableInitContainer(pod.spec?.initContainers?.[at]));
  const unready = [...sidecars, ...statuses].filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return condition('ContainersReady', true);
  const message = `containers with unready status: [${unready.join(' ')}]`;
  return condition('ContainersReady', false, 'ContainersNotReady', message);
}

function podReady(pod: DeepReadonly<Pod>, containersReady: Omit<PodCondition, 'lastTransitionTime'>) {
  if (containersReady.status !== 'True') return { ...containersReady, type: 'Ready' };
  const missing = (pod.spec?.readinessGates ?? []).filter(
    ({ conditionType }) => findCondition(pod.status?.conditions, conditionType)?.status !== 'True',
  );
  if (missing.length === 0) return condition('Ready', true);
  const message = missing.map(
    ({ conditionType }) => `corresponding condition of pod readiness gate "${conditionType}" does not exist.`,
  );
  return condition('Ready', false, 'ReadinessGatesNotReady', message.join(', '));
}
