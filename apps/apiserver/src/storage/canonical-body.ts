import type { ApiObject, DeepReadonly } from '@nestor/api';

/**
 * The stored form: kind, apiVersion and metadata first, no resourceVersion (it is the row's version) and no selfLink.
 */
export function encodeBody(object: DeepReadonly<ApiObject>, apiVersion = object.apiVersion): Buffer {
  const { kind, apiVersion: _version, metadata, ...rest } = object;
  const { resourceVersion: _revision, selfLink: _link, ...meta } = metadata as Record<string, unknown>;
  return Buffer.from(JSON.stringify({ kind, apiVersion, metadata: meta, ...rest }));
}

/** A copy nobody else holds. Parsing bytes is faster than structuredClone. */
export function privateCopy(bytes: Buffer): ApiObject {
  return JSON.parse(bytes.toString('utf8')) as ApiObject;
}

/** Equality of what would be written: absent and undefined are one, key order does not matter. */
export function sameContent(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => sameContent(item, b[at]))
    );
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of Object.keys(left)) if (!sameContent(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (left[key] === undefined && right[key] !== undefined) return false;
  return true;
}

/** The same, but for members of these names. */
export function sameExcept(a: object, b: object, ...names: string[]): boolean {
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key in left) if (!names.includes(key) && !sameContent(left[key], right[key])) return false;
  for (const key in right) {
    if (left[key] === undefined && right[key] !== undefined && !names.includes(key)) return false;
  }
  return true;
}
