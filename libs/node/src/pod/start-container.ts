import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Container, DeepReadonly, Pod } from '@nestor/api';
import type { Mount, PodSandboxStatus } from '@nestor/cri';
import { containerEnvironment, ContainerConfigError } from '../environment/container-environment';
import type { PodFacts } from '../environment/field-ref';
import { containerFieldPath, withTag } from '../images/image-puller';
import { containerResources } from '../resources/container-resources';
import { containerConfig } from './container-config';
import { runHook } from './lifecycle-hooks';
import type { PodServices } from './pod-services';
import { latestContainer, restartCountOf, type RuntimePod } from './runtime-pod';
import { podLogDirectory, sandboxConfig } from './sandbox-config';

/** A container that did not start: its status waits with this reason. */
export class StartError extends Error {
  constructor(
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

export interface StartRequest {
  pod: DeepReadonly<Pod>;
  container: DeepReadonly<Container>;
  sandbox: PodSandboxStatus;
  view: RuntimePod;
  facts: PodFacts;
}

/** Pull, configure, create, start, postStart. Image failures are ImageErrors, the others StartErrors. */
export async function startContainer(request: StartRequest, services: PodServices): Promise<void> {
  const { pod, container, sandbox } = request;
  const path = containerFieldPath(pod, container.name);
  const event = (type: 'Normal' | 'Warning', reason: string, message: string) =>
    services.events.event(pod, type, reason, message, path);
  await services.puller.ensure(container, event);
  const config = await configure(request, services).catch((error: Error) => {
    event('Warning', 'Failed', `Error: ${error.message}`);
    throw new StartError('CreateContainerConfigError', error.message);
  });
  const sandboxSettings = {
    nodeName: services.nodeName,
    attempt: sandbox.metadata.attempt,
    logsDirectory: services.logsDirectory,
  };
  const { runtime } = services;
  const id = await runtime
    .createContainer(sandbox.id, config, sandboxConfig(pod, sandboxSettings))
    .catch((error: Error) => {
      event('Warning', 'Failed', `Error: ${error.message}`);
      throw new StartError('CreateContainerError', error.message);
    });
  event('Normal', 'Created', `Container created`);
  await runtime.startContainer(id).catch((error: Error) => {
    event('Warning', 'Failed', `Error: ${error.message}`);
    throw new StartError('RunContainerError', error.message);
  });
  event('Normal', 'Started', `Container started`);
  await postStart(request, id, services);
}

async function postStart(
  { pod, container, sandbox }: StartRequest,
  containerId: string,
  services: PodServices,
): Promise<void> {
  if (!container.lifecycle?.postStart) return;
  const target = { container, containerId, podIP: sandbox.ips[0] ?? services.hostIPs[0] ?? '' };
  try {
    await runHook(container.lifecycle.postStart, target, services);
  } catch (error) {
    const path = containerFieldPath(pod, container.name);
    services.events.event(pod, 'Warning', 'FailedPostStartHook', `PostStartHook failed`, path);
    services.events.event(pod, 'Normal', 'Killing', 'FailedPostStartHook', path);
    await services.runtime.stopContainer(containerId, pod.spec?.terminationGracePeriodSeconds ?? 30);
    throw new StartError('PostStartHookError', (error as Error).message);
  }
}

async function configure({ pod, container, view, facts }: StartRequest, services: PodServices) {
  const environment = await containerEnvironment(pod, container, {
    configMap: (namespace, name) => services.objects.configMap(namespace, name),
    secret: (namespace, name) => services.objects.secret(namespace, name),
    services: services.services,
    facts,
  });
  const last = latestContainer(view, container.name);
  const attempt = last ? restartCountOf(last) + 1 : 0;
  const values = new Map(environment.map(({ key, value }) => [key, value]));
  const mounts = services.volumes.mounts(pod, container, values);
  if (services.host) {
    mkdirSync(join(podLogDirectory(services.logsDirectory, pod), container.name), { recursive: true });
    mounts.push(
      ...ownMounts(
        { pod, container, facts },
        join(services.host.podsDirectory, pod.metadata.uid ?? ''),
        attempt,
        mounts,
      ),
    );
  }
  return containerConfig(pod, container, {
    nodeName: services.nodeName,
    attempt,
    environment,
    mounts,
    devices: services.volumes.devices(pod, container),
    resources: containerResources(pod, container, services.memoryBytes),
    image: await services.runtime.imageStatus(withTag(container.image ?? '')),
  });
}

/** /etc/hosts and the termination message, where the pod does not mount something there itself. */
function ownMounts(
  { pod, container, facts }: Pick<StartRequest, 'pod' | 'container' | 'facts'>,
  podDirectory: string,
  attempt: number,
  given: Mount[],
): Mount[] {
  const taken = new Set(given.map(({ containerPath }) => containerPath));
  const mounts: Mount[] = [];
  mkdirSync(podDirectory, { recursive: true });
  if (!taken.has('/etc/hosts') && !pod.spec?.hostNetwork) {
    const file = join(podDirectory, 'etc-hosts');
    writeFileSync(file, hostsFile(pod, facts), { mode: 0o644 });
    mounts.push({ containerPath: '/etc/hosts', hostPath: file });
  }
  const messagePath = container.terminationMessagePath;
  if (messagePath && !taken.has(messagePath)) {
    const file = terminationMessageFile(podDirectory, container.name, attempt);
    mkdirSync(join(podDirectory, 'containers', container.name), { recursive: true });
    closeSync(openSync(file, 'w', 0o666));
    mounts.push({ containerPath: messagePath, hostPath: file });
  }
  return mounts;
}

export const terminationMessageFile = (podDirectory: string, container: string, attempt: number): string =>
  join(podDirectory, 'containers', container, `${attempt}.message`);

function hostsFile(pod: DeepReadonly<Pod>, facts: PodFacts): string {
  const hostname = pod.spec?.hostname || pod.metadata.name;
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::0\tip6-localnet',
    'fe00::0\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...facts.podIPs.map((ip) => `${ip}\t${hostname}`),
    ...(pod.spec?.hostAliases ?? []).map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}`),
  ];
  return `${lines.join('\n')}\n`;
}

export { ContainerConfigError };
