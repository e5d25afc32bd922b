import { isRestartableInitContainer, type Container, type DeepReadonly, type Pod } from '@nestor/api';
import { containerHash, containerHashAnnotation } from './runtime-labels';
import { latestContainer, readySandbox, type RuntimePod, type RuntimePodContainer } from './runtime-pod';

export interface ContainerToKill {
  container: RuntimePodContainer;
  message: string;
  reason: 'liveness' | 'startup' | 'changed' | 'podFailed';
}

/** What has to be done for a pod now; the next look at the runtime gives the next plan. */
export interface PodPlan {
  /** Ends all containers and the sandbox, because a new sandbox takes their place. */
  killPod: boolean;
  /** Number of the sandbox to create; undefined while the present one serves. */
  createSandbox?: number;
  start: DeepReadonly<Container>[];
  kill: ContainerToKill[];
  initialized: boolean;
}

export interface PlanInput {
  pod: DeepReadonly<Pod>;
  view: RuntimePod;
  /** Containers whose liveness or startup probe has given up on them, by container id. */
  failedProbes: ReadonlyMap<string, 'liveness' | 'startup'>;
  /** Whether a running container's startup probe (if any) has succeeded. */
  isStarted(container: RuntimePodContainer): boolean;
}

export function shouldRestart(policy: string | undefined, container: RuntimePodContainer): boolean {
  if (container.state !== 'CONTAINER_EXITED') return true;
  if (policy === 'Never') return false;
  return policy !== 'OnFailure' || container.exitCode !== 0;
}

/** kuberuntime.computePodActions. */
export function planPod(input: PlanInput): PodPlan {
  const { pod, view } = input;
  const sandbox = readySandbox(view);
  const usable = sandbox && (pod.spec?.hostNetwork || sandbox.ips.length > 0);
  if (!usable) return planSandbox(input);
  const inSandbox = view.containers.filter(({ podSandboxId }) => podSandboxId === sandbox.id);
  const present: RuntimePod = { sandboxes: view.sandboxes, containers: inSandbox };
  const init = planInitContainers({ ...input, view: present });
  if (!init.initialized) return { killPod: false, ...init };
  const main = planContainers(input);
  return {
    killPod: false,
    initialized: true,
    start: [...init.start, ...main.start],
    kill: [...init.kill, ...main.kill],
  };
}

/** The sandbox is missing or dead: everything starts anew, unless the pod's work is done. */
function planSandbox({ pod, view }: PlanInput): PodPlan {
  const policy = pod.spec?.restartPolicy;
  const newest = view.sandboxes[0];
  const containers = pod.spec?.containers ?? [];
  const needed = containers.some(({ name }) => {
    const last = latestContainer(view, name);
    return !last || last.state !== 'CONTAINER_EXITED' || shouldRestart(policy, last);
  });
  const failedForGood = policy === 'Never' && newest !== undefined && view.containers.length > 0;
  const none = { start: [], kill: [], initialized: false };
  if (!needed || failedForGood) return { killPod: newest !== undefined, ...none };
  return { killPod: newest !== undefined, createSandbox: newest ? newest.metadata.attempt + 1 : 0, ...none };
}

type Partial = Omit<PodPlan, 'killPod' | 'createSandbox'>;

function planInitContainers(input: PlanInput): Partial {
  const { pod, view } = input;
  const result: Partial = { start: [], kill: [], initialized: true };
  const policy = pod.spec?.restartPolicy;
  // Init containers may have been collected since; a main container proves that they are done.
  const begun = (pod.spec?.containers ?? []).some(({ name }) => latestContainer(view, name));
  for (const container of pod.spec?.initContainers ?? []) {
    const last = latestContainer(view, container.name);
    if (isRestartableInitContainer(container)) {
      if (last?.state === 'CONTAINER_RUNNING') {
        result.kill.push(...killsOf(input, container, last));
        if (begun || input.isStarted(last)) continue;
        return { ...result, initialized: false };
      }
      result.start.push(container);
      if (begun) continue;
      return { ...result, initialized: false };
    }
    if (begun || (last?.state === 'CONTAINER_EXITED' && last.exitCode === 0)) continue;
    if (last?.state === 'CONTAINER_RUNNING') return { ...result, initialized: false };
    if (last?.state === 'CONTAINER_EXITED' && policy === 'Never') {
      return { start: [], kill: running(view).map(podFailed), initialized: false };
    }
    result.start.push(container);
    return { ...result, initialized: false };
  }
  return result;
}

function planContainers(input: PlanInput): Pick<PodPlan, 'start' | 'kill'> {
  const result: Pick<PodPlan, 'start' | 'kill'> = { start: [], kill: [] };
  for (const container of input.pod.spec?.containers ?? []) {
    const last = latestContainer(input.view, container.name);
    if (last?.state === 'CONTAINER_RUNNING') result.kill.push(...killsOf(input, container, last));
    else if (!last || shouldRestart(input.pod.spec?.restartPolicy, last)) result.start.push(container);
  }
  return result;
}

function killsOf(
  { failedProbes }: PlanInput,
  spec: DeepReadonly<Container>,
  container: RuntimePodContainer,
): ContainerToKill[] {
  const failed = failedProbes.get(container.id);
  const message = `Container ${spec.name} failed ${failed} probe, will be restarted`;
  if (failed) return [{ container, reason: failed, message }];
  const hash = container.annotations[containerHashAnnotation];
  if (hash === undefined || hash === containerHash(spec)) return [];
  return [{ container, reason: 'changed', message: `Container ${spec.name} definition changed, will be restarted` }];
}

const running = (view: RuntimePod) => view.containers.filter(({ state }) => state === 'CONTAINER_RUNNING');
const podFailed = (container: RuntimePodContainer): ContainerToKill => ({
  container,
  reason: 'podFailed',
  message: `Stopping container ${container.metadata.name}`,
});
