import type { DeepReadonly, Pod } from '@nestor/api';
import { containerFieldPath } from '../images/image-puller';
import { runHook } from './lifecycle-hooks';
import type { PodServices } from './pod-services';
import type { RuntimePod, RuntimePodContainer } from './runtime-pod';

/** preStop and then stop, both within the grace period; a container always gets two seconds after its hook. */
export async function killContainer(
  pod: DeepReadonly<Pod>,
  container: RuntimePodContainer,
  { graceSeconds, message, podIP }: { graceSeconds: number; message: string; podIP: string },
  services: PodServices,
): Promise<void> {
  const { name } = container.metadata;
  services.events.event(pod, 'Normal', 'Killing', message, containerFieldPath(pod, name));
  const all = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  const spec = all.find((candidate) => candidate.name === name);
  const begun = Date.now();
  if (spec?.lifecycle?.preStop && graceSeconds > 0) {
    const target = { container: spec, containerId: container.id, podIP };
    const hook = runHook(spec.lifecycle.preStop, target, services, AbortSignal.timeout(graceSeconds * 1000)).catch(() =>
      services.events.event(pod, 'Warning', 'FailedPreStopHook', 'PreStopHook failed', containerFieldPath(pod, name)),
    );
    await Promise.race([hook, timeout(graceSeconds * 1000)]);
  }
  const used = Math.floor((Date.now() - begun) / 1000);
  await services.runtime.stopContainer(container.id, graceSeconds === 0 ? 0 : Math.max(2, graceSeconds - used));
}

const timeout = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds).unref());

/** Ends every container of a pod at once, then its sandboxes. */
export async function killPod(
  pod: DeepReadonly<Pod>,
  view: RuntimePod,
  graceSeconds: number,
  services: PodServices,
): Promise<void> {
  const podIP = view.sandboxes[0]?.ips[0] ?? services.hostIPs[0] ?? '';
  const running = view.containers.filter(({ state }) => state === 'CONTAINER_RUNNING');
  await Promise.all(
    running.map((container) => {
      const message = `Stopping container ${container.metadata.name}`;
      return killContainer(pod, container, { graceSeconds, message, podIP }, services);
    }),
  );
  for (const { id, state } of view.sandboxes) if (state === 'SANDBOX_READY') await services.runtime.stopPodSandbox(id);
}

/** Leaves nothing of a pod in the runtime. */
export async function removePod(view: RuntimePod, services: Pick<PodServices, 'runtime'>): Promise<void> {
  for (const { id } of view.containers) await services.runtime.removeContainer(id);
  for (const { id } of view.sandboxes) {
    await services.runtime.stopPodSandbox(id);
    await services.runtime.removePodSandbox(id);
  }
}
