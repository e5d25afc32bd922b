import type { DeepReadonly, PersistentVolume, PersistentVolumeClaim, Pod, Volume } from '@nestor/api';
import type { StorageObjects } from './storage-objects';

/** A pod's volume that comes by a claim. */
export interface ClaimedVolume {
  claim: PersistentVolumeClaim;
  volume: PersistentVolume;
  readOnly: boolean;
}

type ReadsClaims = Pick<StorageObjects, 'claims' | 'volumes'>;

/** The name of the claim that a pod's volume asks for; undefined for other kinds of volume. */
export function claimNameOf(volume: DeepReadonly<Volume>, pod: DeepReadonly<Pod>): string | undefined {
  if (volume.persistentVolumeClaim) return volume.persistentVolumeClaim.claimName;
  return volume.ephemeral ? `${pod.metadata.name}-${volume.name}` : undefined;
}

/** From claim to volume, with the kubelet's checks and words (desiredStateOfWorldPopulator.createVolumeSpec). */
export async function findClaimedVolume(
  podVolume: DeepReadonly<Volume>,
  pod: DeepReadonly<Pod>,
  objects: ReadsClaims,
): Promise<ClaimedVolume> {
  const name = claimNameOf(podVolume, pod) ?? '';
  const namespace = pod.metadata.namespace ?? '';
  try {
    const claim = await boundClaim(objects, namespace, name);
    if (podVolume.ephemeral) checkOwner(claim, pod);
    const volume = await volumeOf(claim, objects);
    checkMode(podVolume.name, volume, pod);
    return { claim, volume, readOnly: podVolume.persistentVolumeClaim?.readOnly ?? false };
  } catch (error) {
    throw new Error(`error processing PVC ${namespace}/${name}: ${(error as Error).message}`, { cause: error });
  }
}

async function boundClaim(objects: ReadsClaims, namespace: string, name: string): Promise<PersistentVolumeClaim> {
  const claim = await objects.claims.get(name, namespace).catch((error: Error) => {
    throw new Error(`failed to fetch PVC from API server: ${error.message}`, { cause: error });
  });
  if (claim.metadata.deletionTimestamp) throw new Error('PVC is being deleted');
  if (claim.status?.phase !== 'Bound') throw new Error('PVC is not bound');
  if (!claim.spec?.volumeName) throw new Error('PVC has empty pvc.Spec.VolumeName');
  return claim;
}

function checkOwner({ metadata }: PersistentVolumeClaim, pod: DeepReadonly<Pod>): void {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller);
  if (owner?.uid === pod.metadata.uid) return;
  const { namespace, name } = pod.metadata;
  throw new Error(
    `PVC ${metadata.namespace}/${metadata.name} was not created for pod ${namespace}/${name} (pod is not owner)`,
  );
}

async function volumeOf({ metadata, spec }: PersistentVolumeClaim, objects: ReadsClaims): Promise<PersistentVolume> {
  const name = spec?.volumeName ?? '';
  const volume = await objects.volumes.get(name).catch((error: Error) => {
    throw new Error(`failed to fetch PV ${name} from API server: ${error.message}`, { cause: error });
  });
  const { claimRef } = volume.spec ?? {};
  if (!claimRef)
    throw new Error(
      `found PV object ${name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim`,
    );
  if (claimRef.uid !== metadata.uid)
    throw new Error(
      `found PV object ${name} but its pv.Spec.ClaimRef.UID ${claimRef.uid} does not point to claim.UID ${metadata.uid}`,
    );
  return volume;
}

/** Containers mount file systems and get block devices as devices, never the other way round. */
function checkMode(name: string, { spec }: PersistentVolume, pod: DeepReadonly<Pod>): void {
  const mode = spec?.volumeMode ?? 'Filesystem';
  const containers = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  const isMounted = containers.some(({ volumeMounts }) => volumeMounts?.some((mount) => mount.name === name));
  const isDevice = containers.some(({ volumeDevices }) => volumeDevices?.some((device) => device.name === name));
  if (isMounted && mode !== 'Filesystem')
    throw new Error(`volume ${name} has volumeMode ${mode}, but is specified in volumeMounts`);
  if (isDevice && mode !== 'Block')
    throw new Error(`volume ${name} has volumeMode ${mode}, but is specified in volumeDevices`);
}
