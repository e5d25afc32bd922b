import { Injectable } from '@nestjs/common';
import type { DeepReadonly, PersistentVolume, PersistentVolumeClaim, VolumeAttributesClass } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';
import { withoutFinalizer } from './claim-protection.reconciler';

const finalizer = 'kubernetes.io/vac-protection';
const classIndex = 'byVolumeAttributesClass';

function classesOfClaim({ spec, status }: DeepReadonly<PersistentVolumeClaim>): string[] {
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((name): name is string => Boolean(name)))];
}

const classesOfVolume = ({ spec }: DeepReadonly<PersistentVolume>): string[] =>
  spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];

/** A class of volume attributes that is deleted goes when no claim and no volume names it any more. */
@Reconciler({
  name: 'volumeattributesclass-protection-controller',
  for: 'storage.k8s.io/v1/VolumeAttributesClass',
})
@Injectable()
export class AttributesClassProtectionReconciler implements ReconcilesObjects {
  private readonly classes: Informer<VolumeAttributesClass>;
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly client: ResourceClient<VolumeAttributesClass>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.classes = informers.informer(refs.volumeAttributesClasses);
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.claims.addIndex(classIndex, classesOfClaim);
    this.volumes = informers.informer(refs.persistentVolumes);
    this.volumes.addIndex(classIndex, classesOfVolume);
    this.client = client.resource(refs.volumeAttributesClasses);
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    const left = (before: string[], now: string[] = []): void =>
      before.filter((name) => !now.includes(name)).forEach((name) => enqueue(name));
    on(refs.persistentVolumeClaims, {
      updated: (claim, old) => left(classesOfClaim(old), classesOfClaim(claim)),
      deleted: (claim) => left(classesOfClaim(claim)),
    });
    on(refs.persistentVolumes, {
      updated: (volume, old) => left(classesOfVolume(old), classesOfVolume(volume)),
      deleted: (volume) => left(classesOfVolume(volume)),
    });
  }

  async reconcile({ name }: ObjectKey): Promise<void> {
    const found = this.classes.lister.get('', name) as VolumeAttributesClass | undefined;
    if (!found) return;
    const { metadata } = found;
    const isKept = metadata.finalizers?.includes(finalizer) ?? false;
    if (metadata.deletionTimestamp) {
      if (isKept && !this.isUsed(name)) await withoutFinalizer(this.client, found, finalizer);
    } else if (!isKept) {
      const finalizers = [...(metadata.finalizers ?? []), finalizer];
      await this.client.update({ ...found, metadata: { ...metadata, finalizers } });
    }
  }

  private isUsed(name: string): boolean {
    return [this.claims, this.volumes].some(({ lister }) => lister.byIndex(classIndex, name).length > 0);
  }
}
