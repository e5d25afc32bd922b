import { join, resolve } from 'node:path';
import {
  quantityValue,
  controllerManagedAttach,
  volumeDataAnnotation,
  volumeDirectoryAnnotation,
  type DeepReadonly,
  type Node,
  type Pod,
  type Service,
} from '@nestor/api';
import { refs, type EventRecorder, type Informer, type InformerFactory, type KubernetesClient } from '@nestor/client';
import type { ContainerRuntime } from '@nestor/cri';
import { createLogger } from '@nestor/telemetry';
import { admitPod } from '../admission/pod-fit';
import { ImagePuller } from '../images/image-puller';
import { type ClusterDns, hostDns } from '../network/dns-config';
import { NodeReporter } from '../node-status/node-reporter';
import type { PodServices } from '../pod/pod-services';
import { podLogsDirectory } from '../pod/sandbox-config';
import { HostProbeRunner, SimulatedProbeRunner } from '../probes/probe-runner';
import { ReferencedObjects } from '../references/referenced-objects';
import { PodCgroups } from '../resources/pod-cgroup';
import type { PodStatusWriter } from '../status/pod-status-writer';
import { storageObjects, type StorageObjects } from '../volumes/claims/storage-objects';
import { NodeStorage } from '../volumes/csi/node-storage';
import { reclaimDirectories } from '../volumes/node-local/reclaim-directories';
import { VolumeDirectories } from '../volumes/node-local/volume-directories';
import { HostPodVolumes } from '../volumes/pod-volumes';
import { SimulatedPodVolumes } from '../volumes/simulated-pod-volumes';
import { PodPool } from './pod-pool';

const log = createLogger('node-agent');

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
  /** Absent: the node takes what the cluster gives it, and tells. */
  podCidr?: string;
  podCidrGiven?: (podCidr: string) => void;
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
  private readonly directories: VolumeDirectories;
  private readonly storage: StorageObjects;
  /** Absent on simulated nodes. */
  private readonly csi: NodeStorage | undefined;
  /** The node's own object; simulated nodes need not know what others write on it. */
  private readonly self: Informer<Node> | undefined;
  private podCidr: string | undefined;

  constructor(
    readonly options: NodeAgentOptions,
    shared: SharedServices,
  ) {
    const { nodeName, capacity, runtime } = options;
    this.podCidr = options.podCidr;
    const fieldSelector = `spec.nodeName=${nodeName}`;
    this.pods = shared.informers.informer(refs.pods, { fieldSelector });
    this.services = shared.informers.informer(refs.services);
    this.directories = new VolumeDirectories(resolve(options.rootDirectory, 'local-volumes'));
    this.storage = storageObjects(shared.client);
    this.csi = this.nodeStorage(shared);
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
      annotations: {
        [volumeDirectoryAnnotation]: this.directories.root,
        [controllerManagedAttach]: 'true',
        ...(options.simulated ? { [volumeDataAnnotation]: 'none' } : {}),
      },
      taints: options.taints,
      kubeletPort: options.kubeletPort,
      nodeInfo: options.nodeInfo,
      volumesInUse: this.csi && (() => this.csi!.volumes.inUse()),
    });
    this.self = this.watchSelf(shared);
  }

  async start(): Promise<void> {
    await this.services.start();
    await this.reporter.start();
    await this.self?.start();
    await this.csi?.start();
    await this.pods.start();
    await this.pool.start();
  }

  async stop(options: { removePods: boolean }): Promise<void> {
    this.reporter.stop();
    await this.pods.stop();
    await this.self?.stop();
    await this.pool.stop();
    await this.csi?.stop();
    if (options.removePods) await this.pool.removeAllFromRuntime();
  }

  private nodeStorage({ client, events }: SharedServices): NodeStorage | undefined {
    const { simulated, nodeName, rootDirectory } = this.options;
    if (simulated) return undefined;
    return new NodeStorage({
      nodeName,
      rootDirectory: resolve(rootDirectory),
      client,
      storage: this.storage,
      nodeUid: () => this.reporter.current?.metadata.uid,
      reportInUse: () => this.reporter.report(),
      event: (about, type, reason, message) => events.event(about, type, reason, message),
    });
  }

  private watchSelf({ informers, client }: SharedServices): Informer<Node> | undefined {
    if (this.options.simulated) return undefined;
    const self = informers.informer(refs.nodes, { fieldSelector: `metadata.name=${this.options.nodeName}` });
    const nodes = client.resource(refs.nodes);
    const changed = (node: DeepReadonly<Node>): void => {
      this.takePodCidr(node);
      reclaimDirectories(node, this.directories, nodes).catch((error: Error) =>
        log.warn({ object: node.metadata.name, error: error.message }, 'reclaimed volumes not reported'),
      );
    };
    self.addHandlers({ added: changed, updated: changed });
    return self;
  }

  /** Once: a node's range does not change. */
  private takePodCidr({ spec }: DeepReadonly<Node>): void {
    if (this.podCidr || !spec?.podCIDR) return;
    this.podCidr = spec.podCIDR;
    this.options.podCidrGiven?.(spec.podCIDR);
  }

  private podServices(shared: SharedServices): PodServices {
    const { options } = this;
    const { nodeName, runtime, simulated, rootDirectory, capacity } = options;
    const podsDirectory = join(rootDirectory, 'pods');
    const { storage, csi } = this;
    const node = () => this.reporter.current;
    return {
      nodeName,
      hostIPs: [options.hostIP],
      runtime,
      runtimeName: options.runtimeName,
      pods: shared.client.resource(refs.pods),
      events: shared.events,
      status: shared.status,
      puller: new ImagePuller(runtime),
      volumes: !csi
        ? new SimulatedPodVolumes(storage)
        : new HostPodVolumes({
            csi: csi.volumes,
            podsDirectory,
            storage,
            directories: this.directories,
            node,
          }),
      objects: shared.objects,
      probes: simulated ? new SimulatedProbeRunner(runtime) : new HostProbeRunner(runtime),
      ...(simulated ? {} : { host: { cgroups: new PodCgroups(), podsDirectory, dns: hostDns() } }),
      logsDirectory: podLogsDirectory(rootDirectory),
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
