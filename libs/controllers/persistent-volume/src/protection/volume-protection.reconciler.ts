import { Injectable } from '@nestjs/common';
import type { PersistentVolume } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcilesObjects } from '@nestor/controller-kit';
import { withoutFinalizer } from './claim-protection.reconciler';

const finalizer = 'kubernetes.io/pv-protection';

/** A volume that is deleted goes when it is bound to no claim any more. */
@Reconciler({ name: 'persistentvolume-protection-controller', for: 'v1/PersistentVolume' })
@Injectable()
export class VolumeProtectionReconciler implements ReconcilesObjects {
  private readonly volumes: Informer<PersistentVolume>;
  private readonly client: ResourceClient<PersistentVolume>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.volumes = informers.informer(refs.persistentVolumes);
    this.client = client.resource(refs.persistentVolumes);
  }

  async reconcile({ name }: ObjectKey): Promise<void> {
    const volume = this.volumes.lister.get('', name);
    const { deletionTimestamp, finalizers } = volume?.metadata ?? {};
    if (!volume || !deletionTimestamp || !finalizers?.includes(finalizer) || volume.status?.phase === 'Bound') return;
    await withoutFinalizer(this.client, volume as PersistentVolume, finalizer);
  }
}
