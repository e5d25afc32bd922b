import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { CachedObject } from '@nestor/watch';
import type { ServedResource } from '../registry/served-resource';

const metadataKey = Buffer.from('"metadata":');

/**
 * The bytes of an object at the version it is asked for. Built-in kinds have one version and keep their bytes; a custom
 * resource of several versions gets its apiVersion replaced, which is all that conversion strategy None does.
 */
export function bytesAt(served: ServedResource, object: CachedObject): Buffer {
  const { custom, conversion } = served.definition;
  if (conversion) return Buffer.from(JSON.stringify(conversion.fromStorage(object.object() as ApiObject)));
  return custom ? relabel(served, object.bytes) : object.bytes;
}

/** The object at the version it is asked for; shared, so never to be changed. */
export function objectAt(served: ServedResource, object: CachedObject): DeepReadonly<ApiObject> {
  const { conversion } = served.definition;
  return conversion ? conversion.fromStorage(object.object() as ApiObject) : object.object();
}

/** Whether bytesAt gives the cache's own bytes, so that encoded watch events can be shared. */
export const sharesBytes = ({ definition }: ServedResource): boolean => !definition.custom && !definition.conversion;

function relabel(served: ServedResource, bytes: Buffer): Buffer {
  const head = Buffer.from(
    `{"kind":${JSON.stringify(served.definition.kind)},"apiVersion":${JSON.stringify(served.apiVersion)},`,
  );
  if (bytes.subarray(0, head.length).equals(head)) return bytes;
  return Buffer.concat([head, bytes.subarray(bytes.indexOf(metadataKey))]);
}
