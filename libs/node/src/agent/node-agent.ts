import { join } from 'node:path';
import { quantityValue, type DeepReadonly, type Node, type Pod, type Service } from '@nestor/api';
import { refs, type EventRecorder, type Informer, type InformerFactory, type KubernetesClient } from '@nestor/client';
import type { ContainerRuntime } from '@nestor/cri';
import { admitPod } from '../admission/pod-fit';
import { ImagePuller } from '../images/image-puller';
import { type ClusterDns, hostDns } from '../network/dns-config';
import { NodeReporter } from '../node-status/node-reporter';
import type { PodServices } from '../pod/pod-services';
import { HostProbeRunner, SimulatedProbeRunner } from '../probes/probe-runner';
import { ReferencedObjects } from '../references/referenced-objects';
import { PodCgroups } from '../resources/pod-cgroup';
import type { PodStatusWriter } from '../status/pod-status-writer';
import { HostPodVolumes, SimulatedPodVolumes } from '../volumes/pod-volumes';
import { PodPool } from './pod-pool';

export interface NodeAgentOptions {
  nodeName: string;
  runtime: ContainerRuntime;
  runtimeName: string;
  simulated: boolean;
  rootDirectory: string;
  hostIP: string;
  capacity: Record<string, string>;
  nodeInfo: NonNullable<Node['status']>['nodeInfo'];
  kubeletPort: number;
  podCidr?: string;
  labels?: Record<string, string>;
  taints?: NonNullable<Node['spec']>['taints'];
  clusterDns: ClusterDns;
}

/** What the nodes of one process share. */
export interface SharedServices {
  client: KubernetesClient;
  informers: InformerFactory;
  events: EventRecorder;
  status: PodStatusWriter;
  objects: ReferencedObjects;
}

export function referencedObjects(client: KubernetesClient, maxAgeMs?: number): ReferencedObjects {
  const clients = {
    configMaps: client.resource(refs.configMaps),
    secrets: client.resource(refs.secrets),
    serviceAccounts: client.resource(refs.serviceAccounts),
  };
  return new ReferencedObjects(clients, maxAgeMs);
}

/** One node: its registration, its pods and nothing that is another node's. */
export class NodeAgent {
  readonly pool: PodPool;
  readonly reporter: NodeReporter;
  private readonly pods: Informer<Pod>;
  private readonly services: Informer<Service>;

  constructor(
    readonly options: NodeAgentOptions,
    shared: SharedServices,
  ) {
    const { nodeName, capacity, runtime } = options;
    const fieldSelector = `spec.nodeName=${nodeName}`;
    this.pods = shared.informers.informer(refs.pods, { fieldSelector });
    this.services = shared.informers.informer(refs.services);
    this.pool = new PodPool(this.podServices(shared));
    this.pods.addHandlers({
      added: (pod) => this.pool.upsert(pod),
      updated: (pod) => this.pool.upsert(pod),
      deleted: (pod) => this.pool.remove(pod),
    });
    this.reporter = new NodeReporter({
      name: nodeName,
      nodes: shared.client.resource(refs.nodes),
      leases: shared.client.resource(refs.leases),
      runtime,
      capacity,
      addresses: [
        { type: 'InternalIP', address: options.hostIP },
        { type: 'Hostname', address: nodeName },
      ],
      podCidr: options.podCidr,
      labels: options.labels,
      taints: options.taints,
      kubeletPort: options.kubeletPort,
      nodeInfo: options.nodeInfo,
    });
  }

  async start(): Promise<void> {
    await this.services.start();
    await this.reporter.start();
    await this.pods.start();
    await this.pool.start();
  }

  async stop(options: { removePods: boolean }): Promise<void> {
    this.reporter.stop();
    await this.pods.stop();
    await this.pool.stop();
    if (options.removePods) await this.pool.removeAllFromRuntime();
  }

  private podServices(shared: SharedServices): PodServices {
    const { options } = this;
    const { nodeName, runtime, simulated, rootDirectory, capacity } = options;
    const podsDirectory = join(rootDirectory, 'pods');
    return {
      nodeName,
      hostIPs: [options.hostIP],
      runtime,
      runtimeName: options.runtimeName,
      pods: shared.client.resource(refs.pods),
      events: shared.events,
      status: shared.status,
      puller: new ImagePuller(runtime),
      volumes: simulated ? new SimulatedPodVolumes() : new HostPodVolumes(podsDirectory),
      objects: shared.objects,
      probes: simulated ? new SimulatedProbeRunner(runtime) : new HostProbeRunner(runtime),
      ...(simulated ? {} : { host: { cgroups: new PodCgroups(), podsDirectory, dns: hostDns() } }),
      logsDirectory: join(rootDirectory, 'pods-logs'),
      clusterDns: options.clusterDns,
      memoryBytes: quantityValue(capacity.memory ?? '1Gi'),
      allocatable: () => capacity,
      services: (namespace) => this.linkedServices(namespace),
      admit: (pod) => this.admit(pod),
    };
  }

  /** A pod sees its namespace's Services in its environment, and everyone sees the API server's. */
  private linkedServices(namespace: string): readonly DeepReadonly<Service>[] {
    const own = this.services.lister.list(namespace);
    const master = namespace === 'default' ? undefined : this.services.lister.get('default', 'kubernetes');
    return master ? [master, ...own] : own;
  }

  private admit(pod: DeepReadonly<Pod>) {
    const others = this.pool.all
      .map(({ current }) => current)
      .filter(
        ({ metadata, status }) =>
          metadata.uid !== pod.metadata.uid && !['Failed', 'Succeeded'].includes(status?.phase ?? ''),
      );
    const node = this.reporter.current;
    return admitPod(pod, others, {
      labels: node?.metadata.labels ?? {},
      allocatable: this.options.capacity,
      taints: node?.spec?.taints ?? [],
    });
  }
}
