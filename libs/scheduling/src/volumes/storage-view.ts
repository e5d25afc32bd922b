import {
  type CsiDriver,
  type CsiNode,
  type CsiStorageCapacity,
  type DeepReadonly,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
  type VolumeAttachment,
  classOf,
} from '@nestor/api';
import { AssumeTable, ObjectTable } from './object-table';

/** The kinds of objects that the volume plugins look at. */
export interface StorageKinds {
  PersistentVolume: PersistentVolume;
  PersistentVolumeClaim: PersistentVolumeClaim;
  StorageClass: StorageClass;
  CSINode: CsiNode;
  CSIDriver: CsiDriver;
  CSIStorageCapacity: CsiStorageCapacity;
  VolumeAttachment: VolumeAttachment;
}

export type StorageKind = keyof StorageKinds;

/** The class that a claim or a volume names; '' for none. */
export function className(object: DeepReadonly<PersistentVolumeClaim> | DeepReadonly<PersistentVolume>): string {
  return classOf(object) ?? '';
}

/** Claims, volumes and what says where they can be, as the plugins see them. */
export class StorageView {
  readonly claims = new AssumeTable<PersistentVolumeClaim>();
  /** By class. */
  readonly volumes = new AssumeTable<PersistentVolume>(className);
  readonly classes = new ObjectTable<StorageClass>();
  readonly csiNodes = new ObjectTable<CsiNode>();
  readonly csiDrivers = new ObjectTable<CsiDriver>();
  /** By class. */
  readonly capacities = new ObjectTable<CsiStorageCapacity>(({ storageClassName }) => storageClassName);
  /** By node. */
  readonly attachments = new ObjectTable<VolumeAttachment>(({ spec }) => spec.nodeName);
  private readonly listeners = new Set<() => void>();
  private readonly tables: { readonly [K in StorageKind]: ObjectTable<StorageKinds[K]> } = {
    PersistentVolume: this.volumes,
    PersistentVolumeClaim: this.claims,
    StorageClass: this.classes,
    CSINode: this.csiNodes,
    CSIDriver: this.csiDrivers,
    CSIStorageCapacity: this.capacities,
    VolumeAttachment: this.attachments,
  };

  /** Returns the object as it was. */
  set<K extends StorageKind>(
    kind: K,
    object: DeepReadonly<StorageKinds[K]>,
  ): DeepReadonly<StorageKinds[K]> | undefined {
    const before = this.tables[kind].set(object);
    for (const listener of this.listeners) listener();
    return before;
  }

  delete<K extends StorageKind>(kind: K, object: DeepReadonly<StorageKinds[K]>): void {
    this.tables[kind].delete(object);
    for (const listener of this.listeners) listener();
  }

  /** Calls the listener after each change until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
