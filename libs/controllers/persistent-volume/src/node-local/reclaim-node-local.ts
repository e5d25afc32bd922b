import {
  isNotFound,
  reclaimAnnotation,
  volumeDataAnnotation,
  type DeepReadonly,
  type Node,
  type PersistentVolume,
} from '@nestor/api';
import type { Lister, ResourceClient } from '@nestor/client';
import { externalDeletionFinalizer } from '../binder/annotations';
import type { ObservedVolume } from '../binder/match-volume';
import { hostOf, isHost } from './node-local-volume';

/** On volumes: the uid of the node that has been asked to remove the directory. */
const askedAnnotation = 'volumes.nestor.dev/reclaim-asked';

export interface ReclaimNodeLocalParts {
  nodes: Lister<Node>;
  nodeClient: ResourceClient<Node>;
  volumes: ResourceClient<PersistentVolume>;
}

/**
 * Deletes released volumes: the node is asked to remove the directory, and when it has, the object goes. A node that is
 * gone has taken its data along.
 */
export class ReclaimNodeLocal {
  constructor(private readonly parts: ReclaimNodeLocalParts) {}

  async reclaim(volume: ObservedVolume): Promise<void> {
    const isDeletable = volume.spec?.persistentVolumeReclaimPolicy === 'Delete';
    if (!isDeletable) return this.withFinalizer(volume, false);
    if (volume.status?.phase !== 'Released' && volume.status?.phase !== 'Failed')
      return volume.metadata.deletionTimestamp ? undefined : this.withFinalizer(volume, true);
    const node = this.parts.nodes.list().find((one) => isHost(one, hostOf(volume)));
    if (!node || (await this.isRemoved(volume, node))) await this.remove(volume);
  }

  private async isRemoved(volume: ObservedVolume, node: DeepReadonly<Node>): Promise<boolean> {
    const { metadata } = node;
    if (metadata.annotations?.[volumeDataAnnotation] === 'none') return true;
    const { name = '', annotations } = volume.metadata;
    const request = reclaimAnnotation(name);
    if (annotations?.[askedAnnotation] === metadata.uid) {
      // Asked, and taken away by the node. The copy may be from before the question.
      const fresh = await this.parts.nodeClient.get(metadata.name ?? '');
      return fresh.metadata.annotations?.[request] === undefined;
    }
    await this.parts.nodeClient.patch(metadata.name ?? '', undefined, 'merge', {
      metadata: { annotations: { [request]: '' } },
    });
    await this.parts.volumes.patch(name, undefined, 'merge', {
      metadata: { uid: volume.metadata.uid, annotations: { [askedAnnotation]: metadata.uid } },
    });
    return false;
  }

  private async remove(volume: ObservedVolume): Promise<void> {
    const { name = '', uid } = volume.metadata;
    try {
      if (!volume.metadata.deletionTimestamp) await this.parts.volumes.delete(name, undefined, { uid });
      const fresh = await this.parts.volumes.get(name);
      if (fresh.metadata.uid === uid) await this.withFinalizer(fresh, false);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** The finalizer keeps the object until the data is gone; with the policy Retain nothing is to be waited for. */
  private async withFinalizer(volume: ObservedVolume, wanted: boolean): Promise<void> {
    const { finalizers = [] } = volume.metadata;
    if (finalizers.includes(externalDeletionFinalizer) === wanted) return;
    const others = finalizers.filter((one) => one !== externalDeletionFinalizer);
    const metadata = { ...volume.metadata, finalizers: wanted ? [...others, externalDeletionFinalizer] : others };
    await this.parts.volumes.update({ ...volume, metadata } as PersistentVolume);
  }
}
