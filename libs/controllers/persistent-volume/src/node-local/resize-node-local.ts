import type { PersistentVolume, PersistentVolumeClaim } from '@nestor/api';
import type { EventRecorder, Lister, ResourceClient } from '@nestor/client';
import type { ObservedClaim } from '../binder/match-volume';
import { isNodeLocal } from './node-local-volume';

export interface ResizeNodeLocalParts {
  volumes: Lister<PersistentVolume>;
  volumeClient: ResourceClient<PersistentVolume>;
  claimClient: ResourceClient<PersistentVolumeClaim>;
  recorder: EventRecorder;
}

/** Directories have the room of their disk: growing is to say so, the volume first, as resizers do. */
export class ResizeNodeLocal {
  constructor(private readonly parts: ResizeNodeLocalParts) {}

  async resize(claim: ObservedClaim): Promise<void> {
    const { volumes, volumeClient, claimClient, recorder } = this.parts;
    const { name = '', namespace, uid } = claim.metadata;
    const volume = volumes.get('', claim.spec?.volumeName ?? '');
    if (!volume || !isNodeLocal(volume) || volume.spec?.claimRef?.uid !== uid) return;
    const capacity = { storage: claim.spec?.resources?.requests?.['storage'] };
    const volumeName = volume.metadata.name ?? '';
    await volumeClient.patch(volumeName, undefined, 'merge', {
      metadata: { uid: volume.metadata.uid },
      spec: { capacity },
    });
    const status = { capacity, allocatedResources: capacity };
    await claimClient.patch(name, namespace, 'merge', { metadata: { uid }, status }, { subresource: 'status' });
    recorder.event(claim, 'Normal', 'VolumeResizeSuccessful', 'Resize volume succeeded');
  }
}
