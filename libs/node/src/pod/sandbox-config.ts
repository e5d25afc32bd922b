import { join } from 'node:path';
import type { DeepReadonly, Pod } from '@nestor/api';
import type { NamespaceOption, PodSandboxConfig, SecurityProfile } from '@nestor/cri';
import { podLabels } from './runtime-labels';

export interface SandboxSettings {
  nodeName: string;
  attempt: number;
  logsDirectory: string;
  cgroupParent?: string;
  dns?: PodSandboxConfig['dnsConfig'];
}

/** Where a node keeps the logs of all its pods. */
export function podLogsDirectory(rootDirectory: string): string {
  return join(rootDirectory, 'pods-logs');
}

export function podLogDirectory(logsDirectory: string, pod: DeepReadonly<Pod>): string {
  const { namespace, name, uid } = pod.metadata;
  return join(logsDirectory, `${namespace}_${name}_${uid}`);
}

export function sandboxConfig(pod: DeepReadonly<Pod>, settings: SandboxSettings): PodSandboxConfig {
  const { name = '', namespace = '', uid = '' } = pod.metadata;
  const context = pod.spec?.securityContext;
  return {
    metadata: { name, namespace, uid, attempt: settings.attempt },
    // A pod on the host's network has the host's name.
    hostname: pod.spec?.hostNetwork ? '' : (pod.spec?.hostname || name).slice(0, 63).replace(/[-.]+$/, ''),
    logDirectory: podLogDirectory(settings.logsDirectory, pod),
    dnsConfig: settings.dns,
    portMappings: pod.spec?.hostNetwork ? [] : portMappings(pod),
    labels: podLabels(pod, settings.nodeName),
    annotations: { ...pod.metadata.annotations },
    linux: {
      ...(settings.cgroupParent ? { cgroupParent: settings.cgroupParent } : {}),
      sysctls: Object.fromEntries((context?.sysctls ?? []).map(({ name: key, value }) => [key, value])),
      securityContext: {
        namespaceOptions: namespaceOptions(pod),
        privileged: (pod.spec?.containers ?? []).some((container) => container.securityContext?.privileged === true),
        seccomp: seccompProfile(context?.seccompProfile),
        supplementalGroups: supplementalGroups(pod),
      },
    },
  };
}

export function namespaceOptions(pod: DeepReadonly<Pod>): NamespaceOption {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec ?? {};
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: hostIPC ? 'NODE' : 'POD',
  };
}

/** Without a profile a container is not confined (kubelet's default, seccompDefault being off). */
export function seccompProfile(
  profile: { readonly type: string; readonly localhostProfile?: string } | undefined,
): SecurityProfile {
  if (profile?.type === 'RuntimeDefault') return { profileType: 'RuntimeDefault' };
  if (profile?.type === 'Localhost') {
    return { profileType: 'Localhost', localhostRef: join('/var/lib/kubelet/seccomp', profile.localhostProfile ?? '') };
  }
  return { profileType: 'Unconfined' };
}

export function supplementalGroups(pod: DeepReadonly<Pod>): number[] {
  const context = pod.spec?.securityContext;
  return [...(context?.supplementalGroups ?? []), ...(context?.fsGroup === undefined ? [] : [context.fsGroup])];
}

function portMappings(pod: DeepReadonly<Pod>): PodSandboxConfig['portMappings'] {
  const containers = [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])];
  return containers.flatMap(({ ports }) =>
    (ports ?? [])
      .filter(({ hostPort }) => hostPort)
      .map(({ protocol, containerPort, hostPort = 0, hostIP }) => ({
        protocol: (protocol ?? 'TCP') as 'TCP' | 'UDP' | 'SCTP',
        containerPort,
        hostPort,
        hostIp: hostIP ?? '',
      })),
  );
}
