import type { ApiConnection } from './api-connection';

const path = '/apis/storage.k8s.io/v1/storageclasses';

/** What makes claims usable at once: directories of the node that the pod is scheduled to. */
export const defaultStorageClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: 'nestor.dev/node-local',
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

/** Only in a cluster that has none: whoever brings their own classes keeps them. */
export async function ensureDefaultStorageClass(api: ApiConnection): Promise<void> {
  const { items } = await api.getJson<{ items: unknown[] }>(path);
  if (items.length > 0) return;
  await api.create(path, defaultStorageClass);
}
