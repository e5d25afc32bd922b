import { Inject, Injectable } from '@nestjs/common';
import { isNotFound, type DeepReadonly, type Node, type Pod } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  isPodFinished,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
  type ObjectKey,
} from '@nestor/controller-kit';
import { NODE_LIFECYCLE_OPTIONS, type NodeLifecycleOptions } from '../node-lifecycle.options';
import { planPodGc, type Collection } from './pod-gc.plan';

const onlyKey = 'pods';

/** Deletes pods that no kubelet will ever finish. One key: a sweep over all pods. */
@Reconciler({ name: 'pod-garbage-collector-controller', concurrency: 1 })
@Injectable()
export class PodGcReconciler implements ReconcilesObjects {
  private readonly pods: Informer<Pod>;
  private readonly nodes: Informer<Node>;
  private readonly client: ResourceClient<Pod>;
  private readonly nodeClient: ResourceClient<Node>;
  private readonly missingSince = new Map<string, number>();
  private readonly quarantineMs: number;
  private readonly periodMs: number;
  private readonly terminatedThreshold: number;

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    @Inject(NODE_LIFECYCLE_OPTIONS) options: NodeLifecycleOptions,
  ) {
    this.pods = informers.informer(refs.pods);
    this.nodes = informers.informer(refs.nodes);
    this.client = client.resource(refs.pods);
    this.nodeClient = client.resource(refs.nodes);
    this.quarantineMs = options.podGcQuarantineMs ?? 40_000;
    this.periodMs = options.podGcPeriodMs ?? 20_000;
    this.terminatedThreshold = options.terminatedPodGcThreshold ?? 12_500;
  }

  setup({ every, enqueue }: ReconcilerWiring): void {
    this.missingSince.clear();
    every(this.periodMs, () => enqueue(onlyKey));
  }

  async reconcile(_key: ObjectKey): Promise<ReconcileResult> {
    const pods = this.pods.lister.list();
    const gone = await this.goneNodes(pods);
    const planned = planPodGc({
      pods,
      node: (name) => this.nodes.lister.get('', name),
      isGone: (name) => gone.has(name),
      terminatedThreshold: this.terminatedThreshold,
    });
    const results = await Promise.allSettled(planned.map((collection) => this.collect(collection)));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  /** A node may be new and not here yet, so it must be missing for a while and a live look must agree. */
  private async goneNodes(pods: readonly DeepReadonly<Pod>[]): Promise<Set<string>> {
    const used = new Set(pods.flatMap((pod) => pod.spec?.nodeName ?? []));
    const missing = [...used].filter((name) => !this.nodes.lister.get('', name));
    for (const name of this.missingSince.keys()) if (!missing.includes(name)) this.missingSince.delete(name);
    const gone = new Set<string>();
    for (const name of missing) {
      const since = this.missingSince.get(name) ?? Date.now();
      this.missingSince.set(name, since);
      if (Date.now() - since < this.quarantineMs) continue;
      if (await this.nodeClient.get(name).then(() => false, isNotFound)) gone.add(name);
    }
    return gone;
  }

  private async collect({ pod, message }: Collection): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata;
    try {
      // A pod that ends as Failed is replaced and counted as one that failed, not as one that vanished.
      if (!isPodFinished(pod)) await this.markFailed(pod as Pod, message);
      await this.client.delete(name, namespace, { uid, gracePeriodSeconds: 0 });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private async markFailed(pod: Pod, message: string | undefined): Promise<void> {
    const lastTransitionTime = rfc3339();
    const reason = 'DeletionByPodGC';
    const condition = { type: 'DisruptionTarget', status: 'True', reason, message, lastTransitionTime };
    const others = (pod.status?.conditions ?? []).filter((one) => one.type !== condition.type);
    await this.client.updateStatus({
      ...pod,
      status: { ...pod.status, phase: 'Failed', conditions: message ? [...others, condition] : pod.status?.conditions },
    });
  }
}
