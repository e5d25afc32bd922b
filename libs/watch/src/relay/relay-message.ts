import type { SourceChange } from '../change-source';
import { encodeEvent, versionedBody, withResourceVersion } from '../object-bytes';

const traceKey = '"nestor.dev/traceparent":"';
const nodeNameKey = '"nodeName":"';
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';

/** "deployments.apps" -> group apps, plural deployments. */
export function splitResource(resource: string): { group: string; plural: string } {
  const dot = resource.indexOf('.');
  return dot < 0 ? { group: '', plural: resource } : { group: resource.slice(dot + 1), plural: resource.slice(0, dot) };
}

/** The event as it goes on the bus. Of what must not travel, only the metadata does. */
export function eventData(change: SourceChange, metadataOnly: boolean): Buffer {
  const shown = metadataOnly ? withResourceVersion(metadataOf(change.body), change.revision) : versionedBody(change);
  return encodeEvent(change.type, shown);
}

function metadataOf(body: Buffer): Buffer {
  const { kind, apiVersion, metadata } = JSON.parse(body.toString()) as {
    kind: string;
    apiVersion: string;
    metadata: { annotations?: Record<string, string> };
  };
  // kubectl keeps a copy of the whole manifest there.
  if (metadata.annotations) delete metadata.annotations[lastApplied];
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata }));
}

/** The node a pod is bound to. A search through the bytes spares the parse of every pod that is bound to none. */
export function boundNode(change: SourceChange): string | undefined {
  if (change.resource !== 'pods' || !change.body.includes(nodeNameKey)) return undefined;
  const pod = JSON.parse(change.body.toString()) as { spec?: { nodeName?: string } };
  return pod.spec?.nodeName || undefined;
}

/** The trace of the write that made the object. Inside a string its quotes would be escaped, so the key is the key. */
export function traceparentOf(body: Buffer): string | undefined {
  const found = body.indexOf(traceKey);
  if (found < 0) return undefined;
  const start = found + traceKey.length;
  return body.toString('latin1', start, body.indexOf(0x22, start));
}
