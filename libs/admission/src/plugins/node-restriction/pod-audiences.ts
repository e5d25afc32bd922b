import type { CsiDriver, DeepReadonly, PersistentVolume, PersistentVolumeClaim, Pod } from '@nestor/api';
import type { ObjectReader } from '../../admission-plugin';
import { readNewest } from '../../read-newest';

type Volume = NonNullable<NonNullable<DeepReadonly<Pod>['spec']>['volumes']>[number];

/** Whether a volume of the pod needs tokens for the audience: a projected token, or a driver that asks for them. */
export async function needsAudience(reader: ObjectReader, pod: DeepReadonly<Pod>, audience: string): Promise<boolean> {
  const volumes = pod.spec?.volumes ?? [];
  const tokens = volumes.flatMap(({ projected }) => projected?.sources ?? []).map((one) => one.serviceAccountToken);
  // A token for the API server itself names no audience.
  if (tokens.some((token) => token && (token.audience ?? '') === audience)) return true;
  for (const volume of volumes) {
    const driver = await driverOf(reader, pod, volume);
    if (driver === undefined) continue;
    const found = await readNewest(reader, ['csidrivers.storage.k8s.io', '', driver]);
    const { tokenRequests = [] } = (found as DeepReadonly<CsiDriver> | undefined)?.spec ?? {};
    if (tokenRequests.some((request) => request.audience === audience)) return true;
  }
  return false;
}

async function driverOf(reader: ObjectReader, pod: DeepReadonly<Pod>, volume: Volume): Promise<string | undefined> {
  const { name, csi, ephemeral, persistentVolumeClaim } = volume;
  if (csi) return csi.driver;
  const claimName = ephemeral ? `${pod.metadata.name}-${name}` : persistentVolumeClaim?.claimName;
  if (!claimName) return undefined;
  const volumeOf = (claim: unknown) => (claim as DeepReadonly<PersistentVolumeClaim> | undefined)?.spec?.volumeName;
  const place = ['persistentvolumeclaims', pod.metadata.namespace ?? '', claimName] as const;
  const volumeName = volumeOf(await readNewest(reader, place, (claim) => !!volumeOf(claim)));
  const bound = volumeName ? await readNewest(reader, ['persistentvolumes', '', volumeName]) : undefined;
  return (bound as DeepReadonly<PersistentVolume> | undefined)?.spec?.csi?.driver;
}
