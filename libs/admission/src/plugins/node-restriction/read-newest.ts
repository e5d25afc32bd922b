import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { ObjectReader } from '../../admission-plugin';

/** From the cache, or the newest state where the cache knows none: what was made a moment ago counts. */
export async function readNewest(
  reader: ObjectReader,
  resource: string,
  namespace: string,
  name: string,
): Promise<DeepReadonly<ApiObject> | undefined> {
  return (
    (await reader.get(resource, namespace, name)) ?? (await reader.get(resource, namespace, name, { fresh: true }))
  );
}
