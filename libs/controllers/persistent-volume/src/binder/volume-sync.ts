import { isNotFound, provisionedBy, type PersistentVolumeClaim } from '@nestor/api';
import type { Lister, ResourceClient } from '@nestor/client';
import type { ReconcileResult } from '@nestor/controller-kit';
import type { Reclaimer } from '../reclaim/reclaimer';
import { inTreeDeletionFinalizer } from './annotations';
import type { Bindings } from './bindings';
import type { ObservedClaim, ObservedVolume } from './match-volume';

export interface VolumeSyncParts {
  bindings: Bindings;
  claims: Lister<PersistentVolumeClaim>;
  claimClient: ResourceClient<PersistentVolumeClaim>;
  reclaimer: Reclaimer;
  enqueueClaim(claim: ObservedClaim): void;
}

/** What is to be done about one volume (syncVolume). */
export class VolumeSync {
  constructor(private readonly parts: VolumeSyncParts) {}

  async sync(observed: ObservedVolume): Promise<ReconcileResult> {
    const { bindings } = this.parts;
    // What was written last will come by the watch, and then there will be another look.
    if (bindings.isStale(observed)) return;
    const volume = await this.keepFinalizer(observed);
    const { claimRef } = volume.spec ?? {};
    if (!claimRef?.uid) return void (await bindings.setVolumePhase(volume, 'Available'));
    const claim = await this.claimOf(claimRef);
    if (!claim) return this.release(volume);
    if (!claim.spec?.volumeName) return this.awaitClaim(volume, claim);
    if (claim.spec.volumeName === volume.metadata.name) return void (await bindings.setVolumePhase(volume, 'Bound'));
    const { annotations } = volume.metadata;
    // Made for this claim, which got another: nobody needs it.
    if (annotations?.[provisionedBy] && volume.spec?.persistentVolumeReclaimPolicy === 'Delete')
      return this.release(volume);
    await bindings.unbind(volume);
  }

  /** The finalizer of volumes that are deleted here: only while their policy is to delete. */
  private async keepFinalizer(volume: ObservedVolume): Promise<ObservedVolume> {
    const { finalizers = [], annotations, deletionTimestamp } = volume.metadata;
    const has = finalizers.includes(inTreeDeletionFinalizer);
    const isOurs = annotations?.[provisionedBy] === 'kubernetes.io/host-path';
    const wants = isOurs && volume.spec?.persistentVolumeReclaimPolicy === 'Delete';
    if (has === wants || (wants && deletionTimestamp)) return volume;
    const others = finalizers.filter((one) => one !== inTreeDeletionFinalizer);
    const metadata = { ...volume.metadata, finalizers: wants ? [...others, inTreeDeletionFinalizer] : others };
    return this.parts.bindings.updateVolume({ ...volume, metadata } as never);
  }

  /** A claim made after this copy may be the one: only what the API server says counts as gone. */
  private async claimOf(claimRef: {
    readonly namespace?: string;
    readonly name?: string;
    readonly uid?: string;
  }): Promise<ObservedClaim | undefined> {
    const { namespace = '', name = '', uid } = claimRef;
    const known = this.parts.claims.get(namespace, name);
    if (known?.metadata.uid === uid) return known;
    try {
      const fresh = await this.parts.claimClient.get(name, namespace);
      return fresh.metadata.uid === uid ? fresh : undefined;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  private async release(volume: ObservedVolume): Promise<ReconcileResult> {
    const { phase } = volume.status ?? {};
    const isTold = phase === 'Released' || phase === 'Failed';
    return this.parts.reclaimer.reclaim(isTold ? volume : await this.parts.bindings.setVolumePhase(volume, 'Released'));
  }

  private awaitClaim(volume: ObservedVolume, claim: ObservedClaim): void {
    if ((claim.spec?.volumeMode ?? 'Filesystem') === (volume.spec?.volumeMode ?? 'Filesystem'))
      return this.parts.enqueueClaim(claim);
    const say = (about: ObservedClaim | ObservedVolume, message: string) =>
      this.parts.bindings.say(about, { type: 'Warning', reason: 'VolumeMismatch', message });
    const { name } = claim.metadata;
    say(
      volume,
      `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${name}" due to incompatible volumeMode.`,
    );
    say(
      claim,
      `Cannot bind PersistentVolume "${volume.metadata.name}" to requested PersistentVolumeClaim due to incompatible volumeMode.`,
    );
  }
}
