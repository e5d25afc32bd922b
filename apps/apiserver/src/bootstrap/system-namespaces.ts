import { nodeLeaseNamespace } from '@nestor/api';
import type { ResourceRegistry } from '../registry/resource-registry';
import { ensureObject } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

const names = ['default', 'kube-system', 'kube-public', nodeLeaseNamespace];

/** The namespaces every cluster has. */
export async function ensureSystemNamespaces(context: StorageContext, registry: ResourceRegistry): Promise<void> {
  const served = registry.byKey('namespaces');
  if (!served) return;
  const namespaces = names.map((name) => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
    spec: { finalizers: ['kubernetes'] },
  }));
  await Promise.all(namespaces.map((one) => ensureObject(context, served, one)));
}
