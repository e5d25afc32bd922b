import { Inject, Injectable } from '@nestjs/common';
import type { Node } from '@nestor/api';
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

/** Gives each node its pod range. One key at a time, so that no range is given twice. */
@Reconciler({ name: 'node-ipam-controller', for: 'v1/Node', concurrency: 1 })
@Injectable()
export class NodeIpamReconciler implements ReconcilesObjects {
  private readonly nodes: Informer<Node>;
  private readonly client: ResourceClient<Node>;
  private readonly recorder: EventRecorder;
  private pool: CidrPool | undefined;
  /** Given but perhaps not seen yet: name to range. */
  private given = new Map<string, string>();

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

  setup({ on }: ReconcilerWiring): void {
    const { clusterCidr, nodeCidrMaskSize = 24 } = this.options;
    this.pool = clusterCidr ? new CidrPool(clusterCidr, nodeCidrMaskSize) : undefined;
    this.given.clear();
    on(refs.nodes, {
      added: (node) => node.spec?.podCIDR && this.pool?.occupy(node.spec.podCIDR),
      updated: (node) => node.spec?.podCIDR && this.pool?.occupy(node.spec.podCIDR),
      deleted: (node) => {
        const range = node.spec?.podCIDR ?? this.given.get(node.metadata.name ?? '');
        this.given.delete(node.metadata.name ?? '');
        if (range) this.pool?.release(range);
      },
    });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const node = this.nodes.lister.get('', name);
    if (!this.pool || !node || node.spec?.podCIDR) return;
    const range = this.given.get(name) ?? this.pool.allocate();
    if (!range) {
      this.recorder.event(node, 'Normal', 'CIDRNotAvailable', `Node ${name} status is now: CIDRNotAvailable`);
      throw new Error('all pod ranges of the cluster are in use');
    }
    this.given.set(name, range);
    await this.client.patch(name, undefined, 'strategic', { spec: { podCIDR: range, podCIDRs: [range] } });
  }
}
