import type { CachedObject } from '@nestor/watch';
import type { ServedResource } from '../registry/served-resource';

const metadataKey = Buffer.from('"metadata":');

/**
 * The bytes of an object at the version it is asked for. Built-in kinds have one version and keep their bytes; a custom
 * resource of several versions gets its apiVersion replaced, which is all that conversion strategy None does.
 */
export function bytesAt(served: ServedResource, object: CachedObject): Buffer {
  return served.definition.custom ? relabel(served, object.bytes) : object.bytes;
}

export function relabel(served: ServedResource, bytes: Buffer): Buffer {
  const head = Buffer.from(
    `{"kind":${JSON.stringify(served.definition.kind)},"apiVersion":${JSON.stringify(served.apiVersion)},`,
  );
  if (bytes.subarray(0, head.length).equals(head)) return bytes;
  return Buffer.concat([head, bytes.subarray(bytes.indexOf(metadataKey))]);
}
