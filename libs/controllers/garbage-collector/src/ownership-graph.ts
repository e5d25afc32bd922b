import type { ApiObject, DeepReadonly, OwnerReference } from '@nestor/api';
import type { ResourceRef } from '@nestor/client';

export const foregroundFinalizer = 'foregroundDeletion';
export const orphanFinalizer = 'orphan';

/** What the collector keeps of an object. */
export interface GraphNode {
  ref: ResourceRef;
  namespace: string;
  name: string;
  uid: string;
  resourceVersion: string;
  owners: readonly DeepReadonly<OwnerReference>[];
  finalizers: readonly string[];
  isDeleting: boolean;
}

const maxAbsent = 50_000;

/** Who owns whom, by uid, over all resources of the cluster. */
export class OwnershipGraph {
  private readonly nodes = new Map<string, GraphNode>();
  /** Also for owners that are not (yet) known: resources are listed in no particular order. */
  private readonly dependentsOf = new Map<string, Set<string>>();
  private readonly absent = new Set<string>();

  get(uid: string): GraphNode | undefined {
    return this.nodes.get(uid);
  }
  dependents(uid: string): GraphNode[] {
    return [...(this.dependentsOf.get(uid) ?? [])].flatMap((dependent) => this.nodes.get(dependent) ?? []);
  }
  /** Known to have been deleted, or never to have been where the reference looks: a uid never comes back. */
  isKnownAbsent(owner: DeepReadonly<OwnerReference>, namespace: string): boolean {
    return this.absent.has(owner.uid) || this.absent.has(placeOf(owner, namespace));
  }
  /** Not found where a reference from that namespace looks; the uid may well live elsewhere. */
  markMisplaced(owner: DeepReadonly<OwnerReference>, namespace: string): void {
    this.markAbsent(placeOf(owner, namespace));
  }
  private markAbsent(uid: string): void {
    this.absent.add(uid);
    if (this.absent.size > maxAbsent) this.absent.delete(this.absent.values().next().value!);
  }

  set(ref: ResourceRef, object: DeepReadonly<ApiObject>): GraphNode {
    const { uid = '', name = '', namespace = '', resourceVersion = '', ownerReferences, finalizers } = object.metadata;
    const node: GraphNode = {
      ref,
      namespace,
      name,
      uid,
      resourceVersion,
      owners: ownerReferences ?? [],
      finalizers: finalizers ?? [],
      isDeleting: !!object.metadata.deletionTimestamp,
    };
    this.unlink(this.nodes.get(uid));
    this.nodes.set(uid, node);
    for (const owner of node.owners) {
      let dependents = this.dependentsOf.get(owner.uid);
      if (!dependents) this.dependentsOf.set(owner.uid, (dependents = new Set()));
      dependents.add(uid);
    }
    return node;
  }

  delete(uid: string): void {
    this.forget(uid);
    this.markAbsent(uid);
  }
  /** Out of sight, which says nothing about whether it is still there. */
  forget(uid: string): void {
    this.unlink(this.nodes.get(uid));
    this.nodes.delete(uid);
  }

  private unlink(node: GraphNode | undefined): void {
    for (const owner of node?.owners ?? []) {
      const dependents = this.dependentsOf.get(owner.uid);
      if (dependents?.delete(node!.uid) && dependents.size === 0) this.dependentsOf.delete(owner.uid);
    }
  }
}

const placeOf = ({ uid, apiVersion, kind, name }: DeepReadonly<OwnerReference>, namespace: string): string =>
  [uid, namespace, apiVersion, kind, name].join('|');

/** Whether a reference from that namespace means this object: its uid alone may be a mistake or a forgery. */
export function isMeantBy(
  { ref, namespace, name, uid }: GraphNode,
  owner: DeepReadonly<OwnerReference>,
  from: string,
): boolean {
  const group = owner.apiVersion.includes('/') ? owner.apiVersion.split('/')[0] : '';
  const isSameKind = ref.kind === owner.kind && ref.group === group;
  return uid === owner.uid && name === owner.name && isSameKind && (namespace === '' || namespace === from);
}

export const waitsForDependents = (node: GraphNode): boolean =>
  node.isDeleting && node.finalizers.includes(foregroundFinalizer);
export const isOrphaning = (node: GraphNode): boolean => node.isDeleting && node.finalizers.includes(orphanFinalizer);
