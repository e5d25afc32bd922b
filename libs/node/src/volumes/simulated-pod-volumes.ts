import type { Mount } from '@nestor/cri';
import { claimNameOf, findClaimedVolume } from './claims/claimed-volume';
import type { StorageObjects } from './claims/storage-objects';
import type { PodVolumes } from './pod-volumes';
import { notProcessed } from './volume-error';
import { volumePayload, type PayloadContext } from './volume-payload';

/** For simulated nodes: nothing is written, but an object that is missing keeps the pod from starting all the same. */
export class SimulatedPodVolumes implements PodVolumes {
  constructor(private readonly storage: StorageObjects) {}

  async prepare(context: PayloadContext): Promise<void> {
    const failed = new Map<string, Error>();
    for (const volume of context.pod.spec?.volumes ?? []) {
      if (claimNameOf(volume, context.pod))
        await findClaimedVolume(volume, context.pod, this.storage).catch((error: Error) =>
          failed.set(volume.name, error),
        );
      // The token volume that every pod gets would mean two requests a pod for nothing.
      else if (!volume.projected) await volumePayload(volume, context);
    }
    if (failed.size > 0) throw notProcessed(failed);
  }

  async refresh(): Promise<void> {}

  mounts(): Mount[] {
    return [];
  }

  devices(): [] {
    return [];
  }

  async remove(): Promise<void> {}

  async removeUnused(): Promise<void> {}
}
