import { isAlreadyExists, isNotFound, reasonOf, type DeepReadonly, type Namespace } from '@nestor/api';

export function isActive(namespace: DeepReadonly<Namespace> | undefined): boolean {
  return !!namespace && !namespace.metadata.deletionTimestamp && namespace.status?.phase !== 'Terminating';
}

/** Key of the namespace an object is in. */
export const namespaceKey = (object: { metadata: { namespace?: string } }): string[] => [
  object.metadata.namespace ?? '',
];

/** Creates what may have come into being meanwhile, in a namespace that may be going meanwhile. */
export async function createIfAbsent(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    const isTerminating = reasonOf(error) === 'Forbidden' && /being terminated/.test(String(error));
    if (!isAlreadyExists(error) && !isNotFound(error) && !isTerminating) throw error;
  }
}
