import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  ContainerFilter,
  ContainerRuntime,
  ExecResult,
  SandboxFilter,
  StreamOptions,
  StreamSession,
} from '../container-runtime';
import { RuntimeError } from '../runtime-error';
import type {
  ContainerConfig,
  ContainerStats,
  FilesystemUsage,
  ImageInfo,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStatus,
  RuntimeCondition,
  RuntimeContainer,
  RuntimeContainerStatus,
  RuntimeVersion,
} from '../runtime-types';
import { PodAddressPool } from './pod-address-pool';
import { nanoseconds, SimContainer, simImageId } from './sim-container';
import { simExec, simExecSync } from './sim-exec';

export interface SimRuntimeOptions {
  /** Addresses of simulated pods come from here. */
  podCidr: string;
  /** How long a container takes to start. */
  startLatencyMs?: number;
  /** Images that cannot be pulled, for tests of the failure. */
  isImageMissing?: (image: string) => boolean;
}

interface SimSandbox extends PodSandboxStatus {
  hostNetwork: boolean;
}

const podUidLabel = 'io.kubernetes.pod.uid';

/** Hexadecimal, 64 long, as containerd's; unique in the process. */
let nextId = 0;
const newId = (): string => (Math.random().toString(16).slice(2, 10) + (nextId++).toString(16)).padStart(64, '0');

/** A container runtime without containers: sandboxes and containers are entries in two maps. */
export class SimRuntime implements ContainerRuntime {
  private readonly sandboxes = new Map<string, SimSandbox>();
  private readonly containers = new Map<string, SimContainer>();
  /** Sandboxes and containers by the pod's uid: the kubelet asks for one pod's at a time. */
  private readonly ofPod = new Map<string, { sandboxes: Set<string>; containers: Set<string> }>();
  private readonly listeners = new Set<(podUid: string) => void>();
  private readonly addresses: PodAddressPool;
  private readonly images = new Set<string>();

  constructor(private readonly options: SimRuntimeOptions) {
    this.addresses = new PodAddressPool(options.podCidr);
  }

  async version(): Promise<RuntimeVersion> {
    return { runtimeName: 'nestor-sim', runtimeVersion: '1.0.0', runtimeApiVersion: 'v1' };
  }

  async status(): Promise<RuntimeCondition[]> {
    return ['RuntimeReady', 'NetworkReady'].map((type) => ({ type, status: true, reason: '', message: '' }));
  }

  async runPodSandbox(config: PodSandboxConfig): Promise<string> {
    const hostNetwork = config.linux?.securityContext?.namespaceOptions?.network === 'NODE';
    const address = hostNetwork ? undefined : this.addresses.take();
    if (!hostNetwork && !address) {
      throw new RuntimeError(
        'Unknown',
        `failed to setup network: no IP addresses available in ${this.options.podCidr}`,
      );
    }
    const id = newId();
    const { metadata, labels, annotations } = config;
    const ips = address ? [address] : [];
    const createdAt = nanoseconds();
    this.podEntry(labels[podUidLabel]).sandboxes.add(id);
    this.sandboxes.set(id, { id, metadata, state: 'SANDBOX_READY', createdAt, labels, annotations, ips, hostNetwork });
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox || sandbox.state === 'SANDBOX_NOTREADY') return;
    for (const container of this.containersOf(id)) container.stop(137);
    for (const ip of sandbox.ips) this.addresses.release(ip);
    sandbox.state = 'SANDBOX_NOTREADY';
    sandbox.ips = [];
    this.notify(sandbox.metadata.uid);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    for (const container of this.containersOf(id)) await this.removeContainer(container.id);
    const labels = this.sandboxes.get(id)?.labels;
    this.sandboxes.delete(id);
    this.forget(labels?.[podUidLabel], id);
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    return { ...this.sandbox(id), ips: [...this.sandbox(id).ips] };
  }

  async listPodSandboxes(filter: SandboxFilter = {}): Promise<PodSandbox[]> {
    const uid = filter.labels?.[podUidLabel];
    const candidates = uid === undefined ? this.sandboxes.values() : this.entriesOf(this.sandboxes, uid, 'sandboxes');
    return [...candidates].filter(matcher(filter)).map((sandbox) => ({ ...sandbox }));
  }

  async createContainer(podSandboxId: string, config: ContainerConfig): Promise<string> {
    const sandbox = this.sandbox(podSandboxId);
    const id = newId();
    this.images.add(config.image);
    const changed = () => this.notify(sandbox.metadata.uid);
    this.podEntry(config.labels[podUidLabel]).containers.add(id);
    this.containers.set(id, new SimContainer(id, podSandboxId, config, changed));
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.container(id);
    if (container.state !== 'CONTAINER_CREATED') {
      throw new RuntimeError('Unknown', `container is in ${container.state} state`);
    }
    if (this.options.startLatencyMs) await delay(this.options.startLatencyMs);
    container.start();
  }

  async stopContainer(id: string): Promise<void> {
    this.containers.get(id)?.stop(143);
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.containers.get(id);
    container?.stop(137);
    container?.dispose();
    this.containers.delete(id);
    this.forget(container?.config.labels[podUidLabel], id);
  }

  async listContainers(filter: ContainerFilter = {}): Promise<RuntimeContainer[]> {
    const uid = filter.labels?.[podUidLabel];
    const candidates =
      uid === undefined ? this.containers.values() : this.entriesOf(this.containers, uid, 'containers');
    return [...candidates]
      .filter(({ podSandboxId }) => !filter.podSandboxId || podSandboxId === filter.podSandboxId)
      .map((container) => container.summary())
      .filter(matcher(filter));
  }

  async containerStatus(id: string): Promise<RuntimeContainerStatus> {
    return this.container(id).status();
  }

  async reopenContainerLog(id: string): Promise<void> {
    this.container(id);
  }

  async listContainerStats(filter: ContainerFilter = {}): Promise<ContainerStats[]> {
    const running = (await this.listContainers(filter)).filter(({ state }) => state === 'CONTAINER_RUNNING');
    return running.map(({ id, metadata, labels }) => ({
      id,
      metadata,
      labels,
      timestamp: nanoseconds(),
      cpuUsageCoreNanoSeconds: 0,
      memoryWorkingSetBytes: 0,
      memoryUsageBytes: 0,
      memoryRssBytes: 0,
      writableLayerBytes: 0,
    }));
  }

  async execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<ExecResult> {
    this.runningContainer(containerId);
    return simExecSync(command, timeoutSeconds);
  }

  async exec(containerId: string, command: readonly string[], options: StreamOptions): Promise<StreamSession> {
    this.runningContainer(containerId);
    return simExec(command, options);
  }

  async attach(containerId: string, options: StreamOptions): Promise<StreamSession> {
    this.runningContainer(containerId);
    return simExec(['cat'], options);
  }

  async portForward(podSandboxId: string): Promise<Duplex> {
    this.sandbox(podSandboxId);
    throw new RuntimeError('Unimplemented', 'port forwarding is not simulated');
  }

  async imageStatus(image: string): Promise<ImageInfo | undefined> {
    return this.options.isImageMissing?.(image) ? undefined : simImage(image);
  }

  async listImages(): Promise<ImageInfo[]> {
    return [...this.images].map(simImage);
  }

  async pullImage(image: string): Promise<string> {
    if (!this.options.isImageMissing?.(image)) return simImageId(image);
    const what = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": not found`;
    throw new RuntimeError('NotFound', what);
  }

  async removeImage(image: string): Promise<void> {
    this.images.delete(image);
  }

  async imageFsInfo(): Promise<FilesystemUsage[]> {
    return [{ timestamp: nanoseconds(), mountpoint: '/', usedBytes: 0, inodesUsed: 0 }];
  }

  onPodChange(listener: (podUid: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  containerLog(containerId: string): { read(): Buffer; changed(): Promise<void> } | undefined {
    const container = this.containers.get(containerId);
    return container && { read: () => container.readLog(), changed: () => container.logChanged() };
  }

  close(): void {
    this.listeners.clear();
    for (const container of this.containers.values()) container.dispose();
  }

  private podEntry(uid = ''): { sandboxes: Set<string>; containers: Set<string> } {
    let entry = this.ofPod.get(uid);
    if (!entry) {
      entry = { sandboxes: new Set(), containers: new Set() };
      this.ofPod.set(uid, entry);
    }
    return entry;
  }

  private entriesOf<T>(all: Map<string, T>, uid: string, kind: 'sandboxes' | 'containers'): T[] {
    return [...(this.ofPod.get(uid)?.[kind] ?? [])].flatMap((id) => all.get(id) ?? []);
  }

  private forget(uid = '', id: string): void {
    const entry = this.ofPod.get(uid);
    entry?.sandboxes.delete(id);
    entry?.containers.delete(id);
    if (entry?.sandboxes.size === 0 && entry.containers.size === 0) this.ofPod.delete(uid);
  }

  private notify(podUid: string): void {
    for (const listener of this.listeners) listener(podUid);
  }

  private containersOf(sandboxId: string): SimContainer[] {
    return [...this.containers.values()].filter(({ podSandboxId }) => podSandboxId === sandboxId);
  }

  private sandbox(id: string): SimSandbox {
    const sandbox = this.sandboxes.get(id);
    if (!sandbox) throw new RuntimeError('NotFound', `an error occurred when try to find sandbox "${id}": not found`);
    return sandbox;
  }

  private container(id: string): SimContainer {
    const found = this.containers.get(id);
    if (!found) throw new RuntimeError('NotFound', `an error occurred when try to find container "${id}": not found`);
    return found;
  }

  private runningContainer(id: string): SimContainer {
    const container = this.container(id);
    if (container.state === 'CONTAINER_RUNNING') return container;
    throw new RuntimeError('Unknown', `failed to exec in container: container is in ${container.state} state`);
  }
}

function simImage(image: string): ImageInfo {
  const tagged = /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
  return { id: simImageId(image), repoTags: [tagged], repoDigests: [], size: 1_000_000, username: '' };
}

function matcher({ id, labels = {} }: SandboxFilter): (of: { id: string; labels: Record<string, string> }) => boolean {
  const wanted = Object.entries(labels);
  return (of) => (!id || of.id === id) && wanted.every(([key, value]) => of.labels[key] === value);
}
