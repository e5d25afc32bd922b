import { Injectable } from '@nestjs/common';
import {
  compareQuantities,
  quantityFrom,
  type DeepReadonly,
  type PersistentVolume,
  type PersistentVolumeClaim,
} from '@nestor/api';
import { EventRecorder, InformerFactory, keyOf, refs, type Informer } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';

type ObservedClaim = DeepReadonly<PersistentVolumeClaim>;

/** A bound claim asks for more than it has. */
export function wantsMore({ spec, status }: ObservedClaim): boolean {
  if (status?.phase !== 'Bound') return false;
  const [asked, has] = [spec?.resources?.requests?.['storage'], status.capacity?.['storage']];
  return compareQuantities(quantityFrom(asked ?? '0'), quantityFrom(has ?? '0')) > 0;
}

/**
 * Says who grows a volume (pkg/controller/volume/expand). All plugins that Kubernetes grew itself are CSI drivers by
 * now, whose resizers do the work; for every other volume it is an administrator's.
 */
@Reconciler({ name: 'persistentvolume-expander-controller' })
@Injectable()
export class VolumeExpanderReconciler implements ReconcilesObjects {
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly recorder: EventRecorder;

  constructor(informers: InformerFactory, recorder: EventRecorder) {
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.volumes = informers.informer(refs.persistentVolumes);
    this.recorder = recorder.as('volume_expand');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    on(refs.persistentVolumeClaims, {
      updated: (claim, old) => {
        if (wantsMore(claim) && !isSameRequest(claim, old))
          enqueue(keyOf(claim.metadata.namespace, claim.metadata.name ?? ''));
      },
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<void> {
    const claim = this.claims.lister.get(namespace, name);
    if (!claim || !wantsMore(claim)) return;
    const volume = this.volumes.lister.get('', claim.spec?.volumeName ?? '');
    if (volume?.spec?.claimRef?.uid !== claim.metadata.uid)
      throw new Error(`persistent Volume is not bound to PVC being updated : ${namespace}/${name}`);
    const text = 'waiting for an external controller to expand this PVC';
    this.recorder.event(claim, 'Normal', 'ExternalExpanding', text);
  }
}

function isSameRequest(a: ObservedClaim, b: ObservedClaim): boolean {
  return a.spec?.resources?.requests?.['storage'] === b.spec?.resources?.requests?.['storage'];
}
