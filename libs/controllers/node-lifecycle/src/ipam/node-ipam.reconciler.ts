import { Inject, Injectable } from '@nestjs/common';
import { isNotFound, parseCidr, type DeepReadonly, type Node } from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { NODE_LIFECYCLE_OPTIONS, type NodeLifecycleOptions } from '../node-lifecycle.options';
import { CidrPool } from './cidr-pool';

const defaultMasks = { IPv4: 24, IPv6: 64 } as const;

/** Gives each node its pod ranges, one of each of the cluster's. One key at a time, so that no range is given twice. */
@Reconciler({ name: 'node-ipam-controller', for: 'v1/Node', concurrency: 1 })
@Injectable()
export class NodeIpamReconciler implements ReconcilesObjects {
  private readonly nodes: Informer<Node>;
  private readonly client: ResourceClient<Node>;
  private readonly recorder: EventRecorder;
  private pools: CidrPool[] = [];
  /** Given but perhaps not seen yet: name to ranges. */
  private given = new Map<string, string[]>();

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Inject(NODE_LIFECYCLE_OPTIONS) private readonly options: NodeLifecycleOptions,
  ) {
    this.nodes = informers.informer(refs.nodes);
    this.client = client.resource(refs.nodes);
    this.recorder = recorder.as('cidrAllocator');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.pools = poolsOf(this.options);
    this.given.clear();
    for (const cidr of listOf(this.options.serviceClusterIpRange)) this.occupy([cidr]);
    on(refs.nodes, {
      added: (node) => this.occupy(rangesOf(node)),
      updated: (node) => this.occupy(rangesOf(node)),
      deleted: (node) => {
        const { name = '' } = node.metadata;
        this.release([...rangesOf(node), ...(this.given.get(name) ?? [])]);
        this.given.delete(name);
        // What it gives back somebody may be waiting for.
        for (const other of this.nodes.lister.list()) {
          if (rangesOf(other).length === 0) enqueue(other.metadata.name ?? '');
        }
      },
    });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const node = this.nodes.lister.get('', name);
    if (this.pools.length === 0 || !node) return;
    if (rangesOf(node).length > 0) return void this.settle(name, rangesOf(node));
    const ranges = this.given.get(name) ?? this.allocate();
    if (!ranges) {
      this.tell(node, 'CIDRNotAvailable');
      throw new Error('all pod ranges of the cluster are in use');
    }
    this.given.set(name, ranges);
    await this.assign(node, ranges);
  }

  private async assign(node: DeepReadonly<Node>, ranges: string[]): Promise<void> {
    const { name = '' } = node.metadata;
    const spec = { podCIDR: ranges[0], podCIDRs: ranges };
    try {
      await this.client.patch(name, undefined, 'strategic', { spec });
    } catch (error) {
      // Its end gives back what it was to have.
      if (isNotFound(error)) return;
      this.tell(node, 'CIDRAssignmentFailed');
      throw error;
    }
  }

  /** A node that has ranges of its own leaves those it was to have to others. */
  private settle(name: string, ranges: readonly string[]): void {
    const unused = (this.given.get(name) ?? []).filter((range) => !ranges.includes(range));
    this.given.delete(name);
    this.release(unused);
  }

  /** One of each pool, or none at all. */
  private allocate(): string[] | undefined {
    const ranges = this.pools.map((pool) => pool.allocate());
    const found = ranges.flatMap((range) => range ?? []);
    if (found.length === this.pools.length) return found;
    this.release(found);
    return undefined;
  }

  private occupy(ranges: readonly string[]): void {
    for (const pool of this.pools) for (const range of ranges) pool.occupy(range);
  }

  private release(ranges: readonly string[]): void {
    for (const pool of this.pools) for (const range of ranges) pool.release(range);
  }

  private tell(node: DeepReadonly<Node>, status: string): void {
    this.recorder.event(node, 'Normal', status, `Node ${node.metadata.name} status is now: ${status}`);
  }
}

function rangesOf({ spec }: DeepReadonly<Node>): readonly string[] {
  if (spec?.podCIDRs?.length) return spec.podCIDRs;
  return spec?.podCIDR ? [spec.podCIDR] : [];
}

const listOf = (text: string | undefined): string[] => (text ? text.split(',').map((part) => part.trim()) : []);

export function poolsOf(options: NodeLifecycleOptions): CidrPool[] {
  if (options.allocateNodeCidrs === false) return [];
  const cidrs = listOf(options.clusterCidr);
  const pools = cidrs.map((cidr) => {
    const family = parseCidr(cidr)?.family ?? 'IPv4';
    const { nodeCidrMaskSize, nodeCidrMaskSizeIpv4, nodeCidrMaskSizeIpv6 } = options;
    const ofFamily = family === 'IPv4' ? nodeCidrMaskSizeIpv4 : nodeCidrMaskSizeIpv6;
    // One size for both families would fit neither.
    const shared = cidrs.length === 1 ? nodeCidrMaskSize : undefined;
    return new CidrPool(cidr, ofFamily ?? shared ?? defaultMasks[family]);
  });
  if (pools.length > 2 || (pools.length === 2 && pools[0]!.family === pools[1]!.family)) {
    throw new Error(`clusterCidr ${options.clusterCidr} may name two ranges at most, one of each IP family`);
  }
  return pools;
}
