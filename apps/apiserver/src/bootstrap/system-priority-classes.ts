import { systemPriorityClasses } from '@nestor/api';
import type { ResourceRegistry } from '../registry/resource-registry';
import { ensureObject } from '../storage/server-writes';
import type { StorageContext } from '../storage/storage-context';

/** system-node-critical and system-cluster-critical. */
export async function ensureSystemPriorityClasses(context: StorageContext, registry: ResourceRegistry): Promise<void> {
  const served = registry.byKey('priorityclasses.scheduling.k8s.io');
  if (!served) return;
  await Promise.all(
    systemPriorityClasses.map((one) =>
      ensureObject(context, served, { ...structuredClone(one), metadata: { ...one.metadata, generation: 1 } }),
    ),
  );
}
