import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { ObjectReader } from './admission-plugin';

type Found = DeepReadonly<ApiObject>;

/** From the cache where that is as it should be, else the newest state: nobody is refused for what a cache has not heard. */
export async function readNewest(
  reader: ObjectReader,
  [resource, namespace, name]: readonly [string, string, string],
  isAsItShould: (found: Found) => boolean = () => true,
): Promise<Found | undefined> {
  const cached = await reader.get(resource, namespace, name);
  if (cached && isAsItShould(cached)) return cached;
  return reader.get(resource, namespace, name, { fresh: true });
}
