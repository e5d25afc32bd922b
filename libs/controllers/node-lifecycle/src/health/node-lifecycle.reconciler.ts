import { Inject, Injectable } from '@nestjs/common';
import { isNotFound, nodeLeaseNamespace, type DeepReadonly, type Lease, type Node, type Pod } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
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
  readyCondition,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { NODE_LIFECYCLE_OPTIONS, type NodeLifecycleOptions } from '../node-lifecycle.options';
import { indexByNode, podsOn } from '../pods-by-node';
import {
  awaitsEviction,
  heartbeat,
  planTaints,
  readyOf,
  unknownConditions,
  type Eviction,
  type Heartbeat,
} from './node-health.plan';
import {
  EvictionGate,
  defaultLimits,
  planDisruption,
  zoneOf,
  type Disruption,
  type DisruptionLimits,
} from './zone-disruption.plan';

@Reconciler({ name: 'node-lifecycle-controller', for: 'v1/Node', concurrency: 10 })
@Injectable()
export class NodeLifecycleReconciler implements ReconcilesObjects {
  private readonly nodes: Informer<Node>;
  private readonly leases: Informer<Lease>;
  private readonly pods: Informer<Pod>;
  private readonly client: ResourceClient<Node>;
  private readonly podClient: ResourceClient<Pod>;
  private readonly recorder: EventRecorder;
  private readonly heartbeats = new Map<string, Heartbeat>();
  private readonly limits: DisruptionLimits;
  private gate = new EvictionGate();
  private disruption: Disruption | undefined;
  private readonly graceMs: number;
  private readonly periodMs: number;

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Inject(NODE_LIFECYCLE_OPTIONS) options: NodeLifecycleOptions,
  ) {
    this.nodes = informers.informer(refs.nodes);
    this.leases = informers.informer(refs.leases);
    this.pods = informers.informer(refs.pods);
    indexByNode(this.pods);
    this.client = client.resource(refs.nodes);
    this.podClient = client.resource(refs.pods);
    this.recorder = recorder.as('node-controller');
    this.limits = { ...defaultLimits, ...options.disruptionLimits };
    this.graceMs = options.nodeMonitorGracePeriodMs ?? 50_000;
    this.periodMs = options.nodeMonitorPeriodMs ?? 5_000;
  }

  setup({ every, enqueue }: ReconcilerWiring): void {
    this.heartbeats.clear();
    this.gate = new EvictionGate();
    this.disruption = undefined;
    every(this.periodMs, () => {
      this.disruption = undefined;
      for (const node of this.nodes.lister.list()) enqueue(node.metadata.name ?? '');
    });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    let node = this.nodes.lister.get('', name);
    if (!node) {
      this.heartbeats.delete(name);
      return;
    }
    const now = Date.now();
    const beat = heartbeat(node, this.leases.lister.get(nodeLeaseNamespace, name), this.heartbeats.get(name), now);
    this.heartbeats.set(name, beat);
    if (now - beat.at > this.graceMs) node = await this.markUnknown(node, now);
    await this.writeTaints(node, now);
    if (readyOf(node) && readyOf(node)?.status !== 'True') await this.markPodsNotReady(node);
  }

  private async markUnknown(node: DeepReadonly<Node>, now: number): Promise<DeepReadonly<Node>> {
    const conditions = unknownConditions(node, now);
    if (!conditions) return node;
    const message = `Node ${node.metadata.name} status is now: NodeNotReady`;
    const updated = await this.client.updateStatus({
      ...(node as Node),
      status: { ...(node as Node).status, conditions },
    });
    this.recorder.event(node, 'Normal', 'NodeNotReady', message);
    return updated;
  }

  private async writeTaints(node: DeepReadonly<Node>, now: number): Promise<void> {
    const taints = planTaints(node, now, awaitsEviction(node) ? this.eviction(node, now) : this.standing());
    if (!taints) return;
    const { name = '', resourceVersion } = node.metadata;
    await this.client.patch(name, undefined, 'merge', { metadata: { resourceVersion }, spec: { taints } });
  }

  /** Judged once a period: it looks at all nodes. */
  private currentDisruption(): Disruption {
    return (this.disruption ??= planDisruption(this.nodes.lister.list(), this.limits));
  }

  private eviction(node: DeepReadonly<Node>, now: number): Eviction {
    const { isTotal, rates } = this.currentDisruption();
    if (isTotal) return 'never';
    const zone = zoneOf(node);
    return this.gate.allow(zone, rates.get(zone) ?? this.limits.evictionRate, now) ? 'now' : 'later';
  }

  private standing(): Eviction {
    return this.currentDisruption().isTotal ? 'never' : 'later';
  }

  /** nodeutil.MarkPodsNotReady: endpoints must not lead to a node that nobody hears from. */
  private async markPodsNotReady(node: DeepReadonly<Node>): Promise<void> {
    const ready = podsOn(this.pods, node.metadata.name ?? '').filter((pod) => readyCondition(pod)?.status === 'True');
    await Promise.all(ready.map((pod) => this.markPodNotReady(pod)));
  }

  private async markPodNotReady(pod: DeepReadonly<Pod>): Promise<void> {
    const lastTransitionTime = rfc3339();
    const conditions = ((pod as Pod).status?.conditions ?? []).map((condition) =>
      condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime } : condition,
    );
    try {
      await this.podClient.updateStatus({ ...(pod as Pod), status: { ...(pod as Pod).status, conditions } });
      this.recorder.event(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
