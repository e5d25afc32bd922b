import type {
  CsiDriver,
  CsiNode,
  CsiStorageCapacity,
  DeepReadonly,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  VolumeAttachment,
} from '@nestor/api';
import type { StorageKind, StorageKinds } from './storage-view';

/** Small real storage objects for the tests of this library. */
type Over<T> = { metadata?: object; spec?: Partial<T>; status?: object };

export function aClaim(
  name: string,
  over: Over<NonNullable<PersistentVolumeClaim['spec']>> & { storage?: string } = {},
): DeepReadonly<PersistentVolumeClaim> {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'default', uid: `uid-${name}`, resourceVersion: '1', ...over.metadata },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: over.storage ?? '1Gi' } },
      ...over.spec,
    },
    status: over.status ?? { phase: 'Pending' },
  };
}

export function aBoundClaim(name: string, volumeName: string, spec: object = {}): DeepReadonly<PersistentVolumeClaim> {
  const annotations = { 'pv.kubernetes.io/bind-completed': 'yes' };
  return aClaim(name, { metadata: { annotations }, spec: { volumeName, ...spec }, status: { phase: 'Bound' } });
}

export function aVolume(
  name: string,
  over: Over<NonNullable<PersistentVolume['spec']>> & { storage?: string; on?: string } = {},
): DeepReadonly<PersistentVolume> {
  const { on, storage = '1Gi' } = over;
  const terms = [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [on ?? ''] }] }];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, resourceVersion: '1', ...over.metadata },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      ...(on !== undefined && { nodeAffinity: { required: { nodeSelectorTerms: terms } } }),
      ...over.spec,
    },
    status: over.status ?? { phase: 'Available' },
  };
}

export function aClass(name: string, over: Partial<StorageClass> = {}): DeepReadonly<StorageClass> {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'kubernetes.io/no-provisioner',
    volumeBindingMode: 'WaitForFirstConsumer',
    ...over,
  };
}

export function aCsiNode(name: string, limits: Record<string, number>, migrated = ''): DeepReadonly<CsiNode> {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSINode',
    metadata: { name, annotations: { 'storage.alpha.kubernetes.io/migrated-plugins': migrated } },
    spec: {
      drivers: Object.entries(limits).map(([driver, count]) => ({
        name: driver,
        nodeID: name,
        allocatable: { count },
      })),
    },
  };
}

export function aCsiDriver(name: string, spec: CsiDriver['spec']): DeepReadonly<CsiDriver> {
  return { apiVersion: 'storage.k8s.io/v1', kind: 'CSIDriver', metadata: { name }, spec };
}

export function aCapacity(
  name: string,
  storageClassName: string,
  over: Partial<CsiStorageCapacity>,
): DeepReadonly<CsiStorageCapacity> {
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'CSIStorageCapacity',
    metadata: { name, namespace: 'kube-system' },
    storageClassName,
    ...over,
  };
}

export function anAttachment(name: string, attacher: string, nodeName: string, volume: string) {
  const source = { persistentVolumeName: volume };
  const attachment: VolumeAttachment = {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name },
    spec: { attacher, nodeName, source },
  };
  return attachment as DeepReadonly<VolumeAttachment>;
}

/** The part of a pod's spec that uses the claims. */
export function using(...claims: string[]): { spec: Partial<NonNullable<Pod['spec']>> } {
  return {
    spec: { volumes: claims.map((claimName) => ({ name: `v-${claimName}`, persistentVolumeClaim: { claimName } })) },
  };
}

/** Puts each object into its table. */
export function store(
  view: { setStorage<K extends StorageKind>(kind: K, object: DeepReadonly<StorageKinds[K]>): unknown },
  objects: readonly DeepReadonly<StorageKinds[StorageKind]>[],
): void {
  for (const object of objects) view.setStorage(object.kind as StorageKind, object);
}
