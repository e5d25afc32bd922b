import { Injectable } from '@nestjs/common';
import { isNotFound, type DeepReadonly, type PersistentVolumeClaim, type Pod } from '@nestor/api';
import { InformerFactory, KubernetesClient, keyOf, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  isPodFinished,
  type ObjectKey,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { claimsOf, indexByClaim, usersOf } from '../pods/claims-of-pod';

const finalizer = 'kubernetes.io/pvc-protection';

/** A claim that is deleted goes when no pod uses it any more. */
@Reconciler({ name: 'persistentvolumeclaim-protection-controller', for: 'v1/PersistentVolumeClaim' })
@Injectable()
export class ClaimProtectionReconciler implements ReconcilesObjects {
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly pods: Informer<Pod>;
  private readonly client: ResourceClient<PersistentVolumeClaim>;

  private readonly podClient: ResourceClient<Pod>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.pods = informers.informer(refs.pods);
    indexByClaim(this.pods);
    this.client = client.resource(refs.persistentVolumeClaims);
    this.podClient = client.resource(refs.pods);
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    const release = (pod: DeepReadonly<Pod>): void => claimsOf(pod).forEach((key) => enqueue(key));
    on(refs.pods, { updated: (pod) => isPodFinished(pod) && release(pod), deleted: release });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<void> {
    const claim = this.claims.lister.get(namespace, name);
    if (!claim?.metadata.deletionTimestamp || !claim.metadata.finalizers?.includes(finalizer)) return;
    if (usersOf(this.pods, keyOf(namespace, name)).length > 0) return;
    // A pod made just now may not be in the copy: the API server is asked before the claim is let go.
    const { items } = await this.podClient.list({ namespace });
    if (items.some((pod) => !isPodFinished(pod) && claimsOf(pod).includes(keyOf(namespace, name)))) return;
    await withoutFinalizer(this.client, claim as PersistentVolumeClaim, finalizer);
  }
}

export async function withoutFinalizer<T extends { metadata: { finalizers?: string[] } }>(
  client: { update(object: T): Promise<T> },
  object: T,
  name: string,
): Promise<void> {
  const finalizers = object.metadata.finalizers?.filter((one) => one !== name);
  try {
    await client.update({ ...object, metadata: { ...object.metadata, finalizers } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
