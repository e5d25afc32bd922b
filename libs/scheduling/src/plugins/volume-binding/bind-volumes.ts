import type { PersistentVolume, PersistentVolumeClaim } from '@nestor/api';
import type { StorageView } from '../../volumes/storage-view';
import type { BindProgress } from './bind-progress';
import type { ReservedVolumes } from './reserved-volumes';
import type { Claim } from './pod-claims';
import type { PersistentVolumeView } from './volume-choice';

/** What the plugin writes through the API; each returns the object as written. */
export interface VolumeWrites {
  updateVolume(volume: PersistentVolumeView): Promise<PersistentVolume>;
  updateClaim(claim: Claim): Promise<PersistentVolumeClaim>;
}

/** One after the other, so that of two pods that want the same the later one finds out early. */
export async function writeReserved({ volumes, provisions }: ReservedVolumes, writes: VolumeWrites): Promise<void> {
  for (const one of volumes) if (one.isChanged) one.written = await writes.updateVolume(one.assumed);
  for (const one of provisions) one.written = await writes.updateClaim(one.assumed);
}

/** Nodes change without the storage view telling. */
const lookAgainMs = 1000;

export interface BindWait {
  readonly reserved: ReservedVolumes;
  readonly progress: BindProgress;
  readonly storage: StorageView;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Waits until all claims are bound. Rejects when that cannot be, does not come in time, or is no longer wanted. */
export function untilBound({ reserved, progress, storage, timeoutMs, signal }: BindWait): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void): void => {
      stopListening();
      clearInterval(interval);
      clearTimeout(timeout);
      signal.removeEventListener('abort', aborted);
      settle();
    };
    const fail = (error: unknown): void => end(() => reject(error));
    const look = (): void => {
      try {
        if (progress.isDone(reserved)) end(resolve);
      } catch (error) {
        fail(error);
      }
    };
    const aborted = (): void => fail(signal.reason);
    const stopListening = storage.onChange(look);
    const interval = setInterval(look, lookAgainMs);
    const timeout = setTimeout(() => fail(new Error('context deadline exceeded')), timeoutMs);
    signal.addEventListener('abort', aborted, { once: true });
    if (signal.aborted) aborted();
    else look();
  });
}
