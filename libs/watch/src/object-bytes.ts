import type { Revision, SourceObject } from './change-source';

const metadataKey = Buffer.from('"metadata":{');
const closingBrace = 0x7d;
const eventEnd = Buffer.from('}\n');
const prefixes = {
  ADDED: Buffer.from('{"type":"ADDED","object":'),
  MODIFIED: Buffer.from('{"type":"MODIFIED","object":'),
  DELETED: Buffer.from('{"type":"DELETED","object":'),
  BOOKMARK: Buffer.from('{"type":"BOOKMARK","object":'),
  ERROR: Buffer.from('{"type":"ERROR","object":'),
} as const;
export type EventType = keyof typeof prefixes;

/**
 * A stored body with metadata.resourceVersion put in as metadata's first key. Bodies start with kind, apiVersion and
 * metadata in that order, so the first `"metadata":{` is the object's own: a quote inside a string would be escaped.
 */
export function withResourceVersion(body: Buffer, revision: Revision): Buffer {
  const found = body.indexOf(metadataKey);
  if (found < 0) throw new Error('a stored body has no metadata');
  const at = found + metadataKey.length;
  const inserted = `"resourceVersion":"${revision}"${body[at] === closingBrace ? '' : ','}`;
  // Slow: cached for long, a slice of Buffer's shared pool would pin the pool.
  const bytes = Buffer.allocUnsafeSlow(body.length + inserted.length);
  body.copy(bytes, 0, 0, at);
  bytes.write(inserted, at, 'latin1');
  body.copy(bytes, at + inserted.length, at);
  return bytes;
}

/** The same of an object as the store gave it; the answer to its writer, the cache and the bus share these bytes. */
export function versionedBody(stored: Pick<SourceObject, 'body' | 'revision' | 'versioned'>): Buffer {
  return (stored.versioned ??= withResourceVersion(stored.body, stored.revision));
}

/** Takes out what withResourceVersion put in. */
export function withoutResourceVersion(bytes: Buffer): Buffer {
  const start = bytes.indexOf(metadataKey) + metadataKey.length;
  const key = '"resourceVersion":"';
  if (start < metadataKey.length || bytes.toString('latin1', start, start + key.length) !== key) return bytes;
  let end = bytes.indexOf(0x22, start + key.length) + 1;
  if (bytes[end] === 0x2c) end += 1;
  return Buffer.concat([bytes.subarray(0, start), bytes.subarray(end)]);
}

/** `{"type":"ADDED","object":` + bytes + `}\n`, the line of a watch response and the payload on the bus. */
export function encodeEvent(type: EventType, object: Buffer): Buffer {
  const prefix = prefixes[type];
  const line = Buffer.allocUnsafe(prefix.length + object.length + eventEnd.length);
  prefix.copy(line, 0);
  object.copy(line, prefix.length);
  eventEnd.copy(line, prefix.length + object.length);
  return line;
}

/** A bookmark's object carries only its type and the revision. */
export function encodeBookmark(of: {
  kind: string;
  apiVersion: string;
  revision: Revision;
  initialEventsEnd: boolean;
}): Buffer {
  return encodeEvent(
    'BOOKMARK',
    Buffer.from(
      JSON.stringify({
        kind: of.kind,
        apiVersion: of.apiVersion,
        metadata: {
          resourceVersion: String(of.revision),
          ...(of.initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
        },
      }),
    ),
  );
}
