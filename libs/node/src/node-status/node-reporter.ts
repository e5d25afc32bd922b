import {
  isAlreadyExists,
  isConditionTrue,
  isConflict,
  isNotFound,
  nodeLeaseNamespace,
  type Lease,
  type Node,
  type NodeCondition,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { microTime, type ResourceClient } from '@nestor/client';
import type { ContainerRuntime } from '@nestor/cri';
import { createLogger } from '@nestor/telemetry';
import { goArchitecture } from './host-facts';
import { nodeConditions, readRuntimeReadiness } from './node-conditions';

const log = createLogger('node-reporter');
const statusMs = 10_000;
/** An unchanged status is written all the same after so long (kubelet's nodeStatusReportFrequency). */
const reportMs = 300_000;
/** Between reports of a node that is not ready yet, for so long at most (kubelet's nodeReadyGracePeriod). */
const quickMs = 500;
const quickForMs = 120_000;
const leaseMs = 10_000;
const leaseDurationSeconds = 40;
/** kubelet's nodeStatusMaxImages. */
const maxImages = 50;

/** How often a node reports and how much: a KubeletConfiguration names these. */
export const nodeReporting = { statusMs, reportMs, leaseDurationSeconds, maxImages } as const;

export interface NodeReporterOptions {
  name: string;
  nodes: ResourceClient<Node>;
  leases: ResourceClient<Lease>;
  runtime: ContainerRuntime;
  addresses: { type: string; address: string }[];
  capacity: Record<string, string>;
  podCidr?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Names for status.volumesInUse. */
  volumesInUse?: () => string[];
  taints?: NonNullable<Node['spec']>['taints'];
  kubeletPort: number;
  nodeInfo: NonNullable<Node['status']>['nodeInfo'];
}

/** Registers a node, keeps its status true and its lease alive. */
export class NodeReporter {
  private node: Node | undefined;
  private lease: Lease | undefined;
  private lastReport = 0;
  private readonly timers: NodeJS.Timeout[] = [];

  constructor(private readonly options: NodeReporterOptions) {}

  get current(): Node | undefined {
    return this.node;
  }

  /** Resolves once the node is registered and has reported. */
  async start(): Promise<void> {
    await this.register();
    await this.report();
    await this.renew();
    this.reportUntilReady();
    this.repeat(statusMs, () => this.report());
    this.repeat(leaseMs, () => this.renew());
  }

  stop(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  /** A new node's network comes a moment after the node; it should not wait for the next round to be ready. */
  private reportUntilReady(): void {
    const end = Date.now() + quickForMs;
    const timer = this.repeat(quickMs, async () => {
      if (Date.now() > end || isConditionTrue(this.node?.status?.conditions, 'Ready')) clearInterval(timer);
      else await this.report();
    });
  }

  private repeat(milliseconds: number, work: () => Promise<void>): NodeJS.Timeout {
    const run = () =>
      work().catch((error: Error) =>
        log.warn({ object: this.options.name, error: error.message }, 'node not reported'),
      );
    const timer = setInterval(() => void run(), milliseconds).unref();
    this.timers.push(timer);
    return timer;
  }

  private async register(): Promise<void> {
    const { name, nodes, podCidr, taints, annotations } = this.options;
    const labels = {
      'beta.kubernetes.io/arch': goArchitecture(),
      'beta.kubernetes.io/os': 'linux',
      'kubernetes.io/arch': goArchitecture(),
      'kubernetes.io/hostname': name,
      'kubernetes.io/os': 'linux',
      ...this.options.labels,
    };
    try {
      this.node = await nodes.create({
        apiVersion: 'v1',
        kind: 'Node',
        metadata: { name, labels, annotations },
        spec: { ...(podCidr ? { podCIDR: podCidr, podCIDRs: [podCidr] } : {}), ...(taints?.length ? { taints } : {}) },
        status: await this.status([]),
      });
      this.lastReport = Date.now();
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      this.node = await nodes.patch(name, undefined, 'merge', { metadata: { labels, annotations } });
    }
  }

  /** Writes the status now if there is news in it. */
  async report(): Promise<void> {
    const { name, nodes } = this.options;
    const before = this.node?.status;
    const status = await this.status(before?.conditions ?? []);
    const isDue = Date.now() - this.lastReport >= reportMs;
    if (!isDue && signature(status) === signature(before)) return;
    try {
      this.node = await nodes.patch(name, undefined, 'merge', { status }, { subresource: 'status' });
      this.lastReport = Date.now();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      await this.register(); // Somebody deleted the node while its kubelet lives.
    }
  }

  private async status(before: readonly NodeCondition[]): Promise<NonNullable<Node['status']>> {
    const { runtime, capacity, addresses, kubeletPort } = this.options;
    const readiness = await readRuntimeReadiness(runtime);
    const images = readiness.ready ? await runtime.listImages() : [];
    const named = images.map(({ repoTags, repoDigests, size }) => ({
      names: [...repoDigests, ...repoTags],
      sizeBytes: size,
    }));
    return {
      addresses,
      capacity,
      allocatable: capacity,
      conditions: nodeConditions(readiness, before, rfc3339()),
      daemonEndpoints: { kubeletEndpoint: { Port: kubeletPort } },
      nodeInfo: this.options.nodeInfo,
      ...(this.options.volumesInUse ? { volumesInUse: this.options.volumesInUse() } : {}),
      images: named.sort((a, b) => b.sizeBytes - a.sizeBytes).slice(0, maxImages),
    };
  }

  private async renew(): Promise<void> {
    const { name, leases } = this.options;
    const renewTime = microTime(new Date()) as never;
    try {
      if (!this.lease) this.lease = await leases.get(name, nodeLeaseNamespace);
      const spec = { ...this.lease.spec, holderIdentity: name, leaseDurationSeconds, renewTime };
      this.lease = await leases.update({ ...this.lease, spec });
    } catch (error) {
      this.lease = undefined;
      if (isConflict(error)) return this.renew();
      if (!isNotFound(error)) throw error;
      this.lease = await leases.create(this.newLease(renewTime));
    }
  }

  private newLease(renewTime: never): Lease {
    const { name } = this.options;
    const uid = this.node?.metadata.uid;
    const owner = uid ? { ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid }] } : {};
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: nodeLeaseNamespace, ...owner },
      spec: { holderIdentity: name, leaseDurationSeconds, renewTime },
    };
  }
}

/** What makes a status worth writing: everything of ours but the heartbeat. */
function signature(status: Node['status'] | undefined): string {
  const { addresses, capacity, allocatable, conditions, nodeInfo, images, volumesInUse } = status ?? {};
  const without = conditions?.map(({ type, status: value, reason, message }) => [type, value, reason, message]);
  return JSON.stringify([
    addresses,
    capacity && sorted(capacity),
    allocatable && sorted(allocatable),
    without,
    nodeInfo?.containerRuntimeVersion,
    images?.length,
    volumesInUse ?? [],
  ]);
}

const sorted = (map: Record<string, string>): [string, string][] =>
  Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
