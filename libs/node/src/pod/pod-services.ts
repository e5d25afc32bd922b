import type { DeepReadonly, Pod, Service } from '@nestor/api';
import type { EventRecorder, ResourceClient } from '@nestor/client';
import type { ContainerRuntime, PodSandboxConfig } from '@nestor/cri';
import type { Rejection } from '../admission/pod-fit';
import type { ClusterDns } from '../network/dns-config';
import type { ImagePuller } from '../images/image-puller';
import type { ProbeRunner } from '../probes/probe-runner';
import type { ReferencedObjects } from '../references/referenced-objects';
import type { PodCgroups } from '../resources/pod-cgroup';
import type { PodStatusWriter } from '../status/pod-status-writer';
import type { PodVolumes } from '../volumes/pod-volumes';

/** What the workers of one node's pods share. */
export interface PodServices {
  nodeName: string;
  hostIPs: readonly string[];
  runtime: ContainerRuntime;
  /** As in containerID: containerd://... */
  runtimeName: string;
  pods: ResourceClient<Pod>;
  events: EventRecorder;
  status: PodStatusWriter;
  puller: ImagePuller;
  volumes: PodVolumes;
  objects: ReferencedObjects;
  probes: ProbeRunner;
  /** Absent on simulated nodes, where no files are written either. */
  host?: { cgroups: PodCgroups; podsDirectory: string; dns: NonNullable<PodSandboxConfig['dnsConfig']> };
  logsDirectory: string;
  clusterDns: ClusterDns;
  memoryBytes: number;
  allocatable(): Readonly<Record<string, string>>;
  services(namespace: string): readonly DeepReadonly<Service>[];
  admit(pod: DeepReadonly<Pod>): Rejection | undefined;
}
