import { Injectable } from '@nestjs/common';
import { isConflict, isNotFound, type DeepReadonly, type Node, type Pod } from '@nestor/api';
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
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { indexByNode, podsOn } from '../pods-by-node';
import { evictionTime, noExecuteTaints } from './taint-eviction.plan';

/** Deletes pods from nodes whose NoExecute taints they do not tolerate, or no longer. One key per node. */
@Reconciler({ name: 'taint-eviction-controller', for: 'v1/Node' })
@Injectable()
export class TaintEvictionReconciler implements ReconcilesObjects {
  private readonly nodes: Informer<Node>;
  private readonly pods: Informer<Pod>;
  private readonly client: ResourceClient<Pod>;
  private readonly recorder: EventRecorder;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.nodes = informers.informer(refs.nodes);
    this.pods = informers.informer(refs.pods);
    indexByNode(this.pods);
    this.client = client.resource(refs.pods);
    this.recorder = recorder.as('taint-eviction-controller');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    // Only a pod that has just come to a tainted node can change what is due.
    const touch = (pod: DeepReadonly<Pod>): void => {
      const node = pod.spec?.nodeName && this.nodes.lister.get('', pod.spec.nodeName);
      if (node && noExecuteTaints(node).length > 0) enqueue(node.metadata.name ?? '');
    };
    on(refs.pods, { added: touch, updated: (pod, old) => !old.spec?.nodeName && touch(pod) });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const node = this.nodes.lister.get('', name);
    const taints = node ? noExecuteTaints(node) : [];
    if (taints.length === 0) return;
    const now = Date.now();
    let next = Infinity;
    const due: DeepReadonly<Pod>[] = [];
    for (const pod of podsOn(this.pods, name)) {
      const time = pod.metadata.deletionTimestamp ? undefined : evictionTime(pod, taints, now);
      if (time === undefined) continue;
      if (time <= now) due.push(pod);
      else next = Math.min(next, time);
    }
    await Promise.all(due.map((pod) => this.evict(pod)));
    return Number.isFinite(next) ? { requeueAfter: next - now } : undefined;
  }

  private async evict(pod: DeepReadonly<Pod>): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata;
    try {
      await this.markDisrupted(pod);
      await this.client.delete(name, namespace, { uid });
      this.recorder.event(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${namespace}/${name}`);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private async markDisrupted(pod: DeepReadonly<Pod>): Promise<void> {
    const condition = {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: rfc3339(),
    };
    const current = pod as Pod;
    const others = (current.status?.conditions ?? []).filter((one) => one.type !== condition.type);
    try {
      await this.client.updateStatus({ ...current, status: { ...current.status, conditions: [...others, condition] } });
    } catch (error) {
      // The condition only explains the deletion; a newer status must not hold it up.
      if (!isConflict(error)) throw error;
    }
  }
}
