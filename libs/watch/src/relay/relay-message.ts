import type { SourceChange } from '../change-source';
import { encodeEvent, versionedBody } from '../object-bytes';

const traceKey = '"nestor.dev/traceparent":"';
const nodeNameKey = '"nodeName":"';
// Metadata has no key of this name with an object as its value: there a map's values are texts, and keys in managedFields begin with "f:".
const specKey = '"spec":{';
/** Maps in a spec whose keys a user chooses, so that one could be called nodeName. */
const userMaps = [
  '"nodeSelector":{',
  '"matchLabels":{',
  '"labels":{',
  '"annotations":{',
  '"volumeAttributes":{',
  '"options":{',
];

/** "deployments.apps" -> group apps, plural deployments. */
export function splitResource(resource: string): { group: string; plural: string } {
  const dot = resource.indexOf('.');
  return dot < 0 ? { group: '', plural: resource } : { group: resource.slice(dot + 1), plural: resource.slice(0, dot) };
}

/** The event as it goes on the bus. */
export function eventData(change: SourceChange): Buffer {
  return encodeEvent(change.type, versionedBody(change));
}

/**
 * The node a pod is bound to. The bytes are searched: a parse is spared for pods that are bound to none, and for those
 * where the key stands once, in a spec that has no map of a user's own keys.
 */
export function boundNode({ resource, body }: SourceChange): string | undefined {
  if (resource !== 'pods') return undefined;
  const at = body.indexOf(nodeNameKey);
  if (at < 0) return undefined;
  const spec = body.indexOf(specKey);
  const isPlain =
    at > spec && body.indexOf(nodeNameKey, at + 1) < 0 && !userMaps.some((map) => body.includes(map, spec));
  if (spec >= 0 && isPlain) {
    const start = at + nodeNameKey.length;
    return body.toString('latin1', start, body.indexOf(0x22, start)) || undefined;
  }
  const pod = JSON.parse(body.toString()) as { spec?: { nodeName?: string } };
  return pod.spec?.nodeName || undefined;
}

/** The trace of the write that made the object. Inside a string its quotes would be escaped, so the key is the key. */
export function traceparentOf(body: Buffer): string | undefined {
  const found = body.indexOf(traceKey);
  if (found < 0) return undefined;
  const start = found + traceKey.length;
  return body.toString('latin1', start, body.indexOf(0x22, start));
}
