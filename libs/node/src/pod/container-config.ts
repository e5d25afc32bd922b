import { join } from 'node:path';
import type { Container, DeepReadonly, Pod } from '@nestor/api';
import type {
  ContainerConfig,
  ImageInfo,
  LinuxContainerResources,
  LinuxContainerSecurityContext,
  Device,
  Mount,
} from '@nestor/cri';
import { ContainerConfigError } from '../environment/container-environment';
import { expand } from '../environment/expand';
import { withTag } from '../images/image-puller';
import {
  containerHash,
  containerHashAnnotation,
  containerNameLabel,
  podLabels,
  restartCountAnnotation,
  terminationMessagePathAnnotation,
} from './runtime-labels';
import { namespaceOptions, seccompProfile, supplementalGroups } from './sandbox-config';

export interface ContainerSettings {
  nodeName: string;
  attempt: number;
  environment: { key: string; value: string }[];
  mounts: Mount[];
  devices: Device[];
  resources: LinuxContainerResources;
  image?: ImageInfo;
}

const maskedPaths = [
  '/proc/asound',
  '/proc/acpi',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/sys/firmware',
  '/sys/devices/virtual/powercap',
];
const readonlyPaths = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export const containerLogPath = (name: string, attempt: number): string => join(name, `${attempt}.log`);

export function containerConfig(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  settings: ContainerSettings,
): ContainerConfig {
  const values = new Map(settings.environment.map(({ key, value }) => [key, value]));
  const expanded = (texts: readonly string[] | undefined) =>
    (texts ?? []).map((text) => expand(text, (name) => values.get(name)));
  return {
    metadata: { name: container.name, attempt: settings.attempt },
    image: withTag(container.image ?? ''),
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: settings.environment,
    mounts: settings.mounts,
    devices: settings.devices,
    labels: { ...podLabels(pod, settings.nodeName), [containerNameLabel]: container.name },
    annotations: {
      [containerHashAnnotation]: containerHash(container),
      [restartCountAnnotation]: String(settings.attempt),
      [terminationMessagePathAnnotation]: container.terminationMessagePath ?? '',
    },
    logPath: containerLogPath(container.name, settings.attempt),
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: { resources: settings.resources, securityContext: securityContext(pod, container, settings.image) },
  };
}

function securityContext(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  image: ImageInfo | undefined,
): LinuxContainerSecurityContext {
  const own = container.securityContext;
  const ofPod = pod.spec?.securityContext;
  const user = own?.runAsUser ?? ofPod?.runAsUser;
  const group = own?.runAsGroup ?? ofPod?.runAsGroup;
  const privileged = own?.privileged ?? false;
  const isMasked = !privileged && own?.procMount !== 'Unmasked';
  if (own?.runAsNonRoot ?? ofPod?.runAsNonRoot) refuseRoot(pod, container, { user, image });
  return {
    capabilities: {
      addCapabilities: [...(own?.capabilities?.add ?? [])],
      dropCapabilities: [...(own?.capabilities?.drop ?? [])],
    },
    privileged,
    namespaceOptions: namespaceOptions(pod),
    ...(user === undefined ? {} : { runAsUser: { value: user } }),
    // The runtime wants a user with a group; without one the group would be dropped.
    ...(group === undefined
      ? {}
      : { runAsGroup: { value: group }, ...(user === undefined ? { runAsUser: { value: image?.uid ?? 0 } } : {}) }),
    readonlyRootfs: own?.readOnlyRootFilesystem ?? false,
    supplementalGroups: supplementalGroups(pod),
    noNewPrivs: own?.allowPrivilegeEscalation === false,
    maskedPaths: isMasked ? maskedPaths : [],
    readonlyPaths: isMasked ? readonlyPaths : [],
    seccomp: privileged ? { profileType: 'Unconfined' } : seccompProfile(own?.seccompProfile ?? ofPod?.seccompProfile),
  };
}

function refuseRoot(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  { user, image }: { user: number | undefined; image: ImageInfo | undefined },
): void {
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (user !== undefined) {
    if (user === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image?.username) {
    const what = `container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root`;
    throw new ContainerConfigError(`${what} ${where}`);
  }
  if (!image?.uid) throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
}
