import { isNotFound, provisionedBy, type PersistentVolume, type Pod } from '@nestor/api';
import type { Informer, ResourceClient } from '@nestor/client';
import type { ReconcileResult } from '@nestor/controller-kit';
import { inTreeDeletionFinalizer } from '../binder/annotations';
import type { Bindings } from '../binder/bindings';
import type { ObservedVolume } from '../binder/match-volume';
import { usersOf } from '../pods/claims-of-pod';
import { deleteHostPath } from './delete-host-path';
import { recyclerNamespace, recyclerPod, recyclerPodName } from './recycler-pod';

export interface ReclaimerParts {
  bindings: Bindings;
  volumeClient: ResourceClient<PersistentVolume>;
  pods: Informer<Pod>;
  podClient: ResourceClient<Pod>;
  isBound(claimKey: string): boolean;
}

/** As long as the binder's resync: a failed volume is tried again by it. */
const retry = { requeueAfter: 15_000 };

/** What becomes of a volume whose claim is gone (reclaimVolume). */
export class Reclaimer {
  constructor(private readonly parts: ReclaimerParts) {}

  async reclaim(volume: ObservedVolume): Promise<ReconcileResult> {
    switch (volume.spec?.persistentVolumeReclaimPolicy) {
      case 'Retain':
        return;
      case 'Recycle':
        return this.recycle(volume);
      case 'Delete':
        return this.delete(volume);
      default: {
        const message = 'Volume has unrecognized PersistentVolumeReclaimPolicy';
        return this.fail(volume, 'VolumeUnknownReclaimPolicy', message);
      }
    }
  }

  private async fail(volume: ObservedVolume, reason: string, message: string): Promise<ReconcileResult> {
    await this.parts.bindings.setVolumePhase(volume, 'Failed', { type: 'Warning', reason, message });
    return retry;
  }

  private async recycle(volume: ObservedVolume): Promise<ReconcileResult> {
    const { namespace, name } = volume.spec?.claimRef ?? {};
    const users = usersOf(this.parts.pods, `${namespace}/${name}`);
    if (users.length > 0 && !this.parts.isBound(`${namespace}/${name}`)) {
      const names = users.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).sort();
      const message = `Volume is used by pods: ${names.join(',')}`;
      this.parts.bindings.say(volume, { type: 'Normal', reason: 'VolumeFailedRecycle', message });
      return retry;
    }
    const wanted = recyclerPod(volume);
    if (!wanted) return this.fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!');
    const pod = await this.freshPod(recyclerPodName(volume.metadata.name ?? ''));
    if (!pod) return void (await this.parts.podClient.create(wanted));
    const { phase, message = '' } = pod.status ?? {};
    if (pod.metadata.deletionTimestamp || (phase !== 'Succeeded' && phase !== 'Failed')) return;
    await this.parts.podClient.delete(pod.metadata.name ?? '', recyclerNamespace, { uid: pod.metadata.uid });
    if (phase === 'Failed') {
      const why = message || 'pod failed, pod.Status.Message unknown';
      return this.fail(volume, 'VolumeFailedRecycle', `Recycle failed: ${why}`);
    }
    this.parts.bindings.say(volume, { type: 'Normal', reason: 'VolumeRecycled', message: 'Volume recycled' });
    await this.parts.bindings.unbind(volume);
  }

  /** The copy may be of a recycler that has been deleted: a volume must not count as clean by an old pod. */
  private async freshPod(name: string): Promise<Pod | undefined> {
    try {
      return await this.parts.podClient.get(name, recyclerNamespace);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  private async delete(volume: ObservedVolume): Promise<ReconcileResult> {
    const by = volume.metadata.annotations?.[provisionedBy];
    // Provisioners of their own delete what they have made.
    if (by && !by.startsWith('kubernetes.io/')) return;
    const { name = '' } = volume.metadata;
    const { hostPath } = volume.spec ?? {};
    try {
      if (by && by !== 'kubernetes.io/host-path') throw new Error(`no volume plugin matched name: ${by}`);
      if (!hostPath)
        throw new Error(`error getting deleter volume plugin for volume "${name}": no volume plugin matched`);
      await deleteHostPath(hostPath.path);
    } catch (error) {
      return this.fail(volume, 'VolumeFailedDelete', (error as Error).message);
    }
    await this.removeVolume(volume);
  }

  private async removeVolume(volume: ObservedVolume): Promise<void> {
    const { name = '', finalizers = [] } = volume.metadata;
    if (finalizers.includes(inTreeDeletionFinalizer)) {
      const left = finalizers.filter((one) => one !== inTreeDeletionFinalizer);
      await this.parts.bindings.updateVolume({
        ...volume,
        metadata: { ...volume.metadata, finalizers: left },
      } as PersistentVolume);
    }
    if (volume.metadata.deletionTimestamp) return;
    try {
      await this.parts.volumeClient.delete(name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
