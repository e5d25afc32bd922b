import type { SourceChange } from '../change-source';
import { encodeEvent, versionedBody } from '../object-bytes';

const traceKey = '"nestor.dev/traceparent":"';

/** "deployments.apps" -> group apps, plural deployments. */
export function splitResource(resource: string): { group: string; plural: string } {
  const dot = resource.indexOf('.');
  return dot < 0 ? { group: '', plural: resource } : { group: resource.slice(dot + 1), plural: resource.slice(0, dot) };
}

/** The event as it goes on the bus. */
export function eventData(change: SourceChange): Buffer {
  return encodeEvent(change.type, versionedBody(change));
}

/** The trace of the write that made the object. Inside a string its quotes would be escaped, so the key is the key. */
export function traceparentOf(body: Buffer): string | undefined {
  const found = body.indexOf(traceKey);
  if (found < 0) return undefined;
  const start = found + traceKey.length;
  return body.toString('latin1', start, body.indexOf(0x22, start));
}
