import { Injectable } from '@nestjs/common';
import { isConflict, isNotFound, type ApiObject, type DeepReadonly, type OwnerReference } from '@nestor/api';
import {
  EventRecorder,
  KubernetesClient,
  ServedResources,
  apiVersionOf,
  refName,
  type ResourceRef,
} from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileContext,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { planCollection, type Action, type OwnerState } from './garbage-collector.plan';
import { OwnershipGraph, isMeantBy, isOrphaning, waitsForDependents, type GraphNode } from './ownership-graph';

/** Events are short-lived and own nothing. */
const ignored = new Set(['events', 'events.events.k8s.io']);

/** Keys are uids. */
@Reconciler({ name: 'garbage-collector-controller', concurrency: 20 })
@Injectable()
export class GarbageCollectorReconciler implements ReconcilesObjects {
  private graph = new OwnershipGraph();
  private readonly recorder: EventRecorder;

  constructor(
    private readonly client: KubernetesClient,
    private readonly served: ServedResources,
    recorder: EventRecorder,
  ) {
    this.recorder = recorder.as('garbage-collector-controller');
  }

  async setup({ enqueue, signal }: ReconcilerWiring): Promise<void> {
    this.graph = new OwnershipGraph();
    const leave = await this.served.follow({
      wants: (ref) => ref.verbs.includes('delete') && !ignored.has(refName(ref)),
      needsWhole: () => false,
      changed: (ref, object) => this.changed(ref, object, enqueue),
      deleted: (_ref, object) => this.deleted(object, enqueue),
      vanished: (_ref, last, forGood) => {
        for (const object of last) {
          if (forGood) this.deleted(object, enqueue);
          else this.graph.forget(object.metadata.uid ?? '');
        }
      },
    });
    signal.addEventListener('abort', leave, { once: true });
  }

  async reconcile({ name: uid }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const node = this.graph.get(uid);
    if (!node) return;
    const owners = new Map<string, OwnerState>();
    if (!node.isDeleting) {
      for (const owner of node.owners) owners.set(owner.uid, await this.stateOf(owner, node));
    }
    const action = planCollection(node, this.graph.dependents(uid), (owner) => owners.get(owner.uid) ?? 'solid');
    try {
      return await this.execute(node, action, context);
    } catch (error) {
      // Gone already, or changed since: its own event brings it back here.
      if (!isNotFound(error)) throw error;
    }
  }

  private changed(ref: ResourceRef, object: DeepReadonly<ApiObject>, enqueue: (uid: string) => void): void {
    const node = this.graph.set(ref, object);
    if (waitsForDependents(node)) {
      for (const dependent of this.graph.dependents(node.uid)) enqueue(dependent.uid);
      enqueue(node.uid);
    } else if (isOrphaning(node)) {
      enqueue(node.uid);
    } else if (!node.isDeleting && node.owners.some((owner) => this.isDoubtful(owner, node.namespace))) {
      enqueue(node.uid);
    }
    // An owner in the foreground may have waited for just this change (orphaned, or no longer blocking).
    this.wakeWaitingOwners(node, enqueue);
  }

  private deleted(object: DeepReadonly<ApiObject>, enqueue: (uid: string) => void): void {
    const uid = object.metadata.uid ?? '';
    const node = this.graph.get(uid);
    const dependents = this.graph.dependents(uid);
    this.graph.delete(uid);
    for (const dependent of dependents) enqueue(dependent.uid);
    if (node) this.wakeWaitingOwners(node, enqueue);
  }

  private wakeWaitingOwners(node: GraphNode, enqueue: (uid: string) => void): void {
    for (const { uid } of node.owners) {
      const owner = this.graph.get(uid);
      if (owner && (waitsForDependents(owner) || isOrphaning(owner))) enqueue(uid);
    }
  }

  private isDoubtful(reference: DeepReadonly<OwnerReference>, namespace: string): boolean {
    const owner = this.graph.get(reference.uid);
    return !owner || waitsForDependents(owner) || !isMeantBy(owner, reference, namespace);
  }

  /** The graph knows who is there; who is not in it is looked up live before anything is deleted for its sake. */
  private async stateOf(owner: DeepReadonly<OwnerReference>, node: GraphNode): Promise<OwnerState> {
    const known = this.graph.get(owner.uid);
    if (known && isMeantBy(known, owner, node.namespace)) return waitsForDependents(known) ? 'waiting' : 'solid';
    if (known && known.namespace !== '' && known.namespace !== node.namespace) this.reportForeignOwner(node, owner);
    if (this.graph.isKnownAbsent(owner, node.namespace)) return 'dangling';
    const ref = this.served.refOf(owner.apiVersion, owner.kind);
    if (!ref) throw new Error(`no resource ${owner.apiVersion}/${owner.kind} is served: its owner state is unknown`);
    // A cluster-scoped object cannot be owned from within a namespace; there is nothing to find it by.
    if (ref.namespaced && !node.namespace) return 'solid';
    try {
      const live = await this.client.resource(ref).get(owner.name, ref.namespaced ? node.namespace : undefined);
      if (live.metadata.uid === owner.uid) return 'solid';
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    this.graph.markMisplaced(owner, node.namespace);
    return 'dangling';
  }

  /** An owner lives beside its dependents or in no namespace; what names another one is as good as ownerless. */
  private reportForeignOwner(node: GraphNode, owner: DeepReadonly<OwnerReference>): void {
    const { ref, namespace, name, uid } = node;
    const child = { apiVersion: apiVersionOf(ref), kind: ref.kind, metadata: { namespace, name, uid } };
    const said = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`;
    const message = `ownerRef ${said} does not exist in namespace ${JSON.stringify(namespace)}`;
    this.recorder.event(child, 'Warning', 'OwnerRefInvalidNamespace', message);
  }

  private async execute(node: GraphNode, action: Action, { log }: ReconcileContext): Promise<ReconcileResult> {
    switch (action.kind) {
      case 'none':
        return;
      case 'removeFinalizer':
        return this.removeFinalizer(node, action.finalizer);
      case 'dropOwners':
        return this.dropOwners(node, action.uids);
      case 'orphanDependents':
        await Promise.all(action.dependents.map((dependent) => this.dropOwners(dependent, [node.uid])));
        // The finalizer goes once the graph shows them free.
        return { requeueAfter: 50 };
      case 'awaitDependents':
        // Each dependent's end wakes this one; the poll only covers what a lost race might leave behind.
        return { requeueAfter: 5000 };
      case 'delete':
        if (action.unblock) await this.unblock(node);
        log.debug({ object: `${node.namespace}/${node.name}`, kind: node.ref.kind }, 'collecting');
        return this.remove(node, action.propagation);
    }
  }

  private async remove(node: GraphNode, propagationPolicy: string): Promise<void> {
    const { uid, resourceVersion } = node;
    const resource = this.client.resource(node.ref);
    try {
      // The version guards against an owner reference added since.
      await resource.delete(node.name, node.namespace, { uid, resourceVersion, propagationPolicy });
    } catch (error) {
      if (!isConflict(error)) throw error;
      const live = await resource.get(node.name, node.namespace);
      if (live.metadata.uid !== uid) return;
      const isSame = ownerUids(live.metadata.ownerReferences) === ownerUids(node.owners);
      if (!isSame) throw error;
      await resource.delete(node.name, node.namespace, {
        uid,
        resourceVersion: live.metadata.resourceVersion,
        propagationPolicy,
      });
    }
  }

  private async removeFinalizer(node: GraphNode, finalizer: string): Promise<void> {
    const resource = this.client.resource<ApiObject>(node.ref);
    const live = await resource.get(node.name, node.namespace);
    if (live.metadata.uid !== node.uid || !live.metadata.finalizers?.includes(finalizer)) return;
    const finalizers = live.metadata.finalizers.filter((one) => one !== finalizer);
    const { resourceVersion, uid } = live.metadata;
    await resource.patch(node.name, node.namespace, 'merge', { metadata: { uid, resourceVersion, finalizers } });
  }

  private async dropOwners(node: GraphNode, uids: readonly string[]): Promise<void> {
    await this.patchOwners(node, (owners) => owners.filter((owner) => !uids.includes(owner.uid)));
  }

  private async unblock(node: GraphNode): Promise<void> {
    await this.patchOwners(node, (owners) => owners.map((owner) => ({ ...owner, blockOwnerDeletion: false })));
  }

  /** Read, change and write under the version: a merge patch replaces the list as a whole, custom resources included. */
  private async patchOwners(node: GraphNode, change: (owners: OwnerReference[]) => OwnerReference[]): Promise<void> {
    const resource = this.client.resource<ApiObject>(node.ref);
    try {
      const live = await resource.get(node.name, node.namespace);
      if (live.metadata.uid !== node.uid) return;
      const { uid, resourceVersion } = live.metadata;
      const ownerReferences = change(live.metadata.ownerReferences ?? []);
      await resource.patch(node.name, node.namespace, 'merge', { metadata: { uid, resourceVersion, ownerReferences } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}

function ownerUids(owners: readonly DeepReadonly<OwnerReference>[] | undefined): string {
  return (owners ?? [])
    .map((owner) => owner.uid)
    .sort()
    .join();
}
