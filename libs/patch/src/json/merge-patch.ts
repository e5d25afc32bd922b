import { badRequest } from '@nestor/api';
import { getKey, isObject, setKey, type JsonObject } from './json-value';

/**
 * Applies an RFC 7386 merge patch to an object and returns the new one; unchanged parts are shared with the old.
 * A patch that is not an object cannot patch an API object: 400 as kube-apiserver answers.
 */
export function applyMergePatch<T extends object>(doc: T, patch: unknown): T {
  if (!isObject(patch)) throw badRequest('Invalid JSON Patch');
  return merge(doc, patch) as T;
}

function merge(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const result: JsonObject = isObject(target) ? { ...target } : {};
  for (const key of Object.keys(patch)) {
    const value = patch[key];
    if (value === null) delete result[key];
    else setKey(result, key, merge(getKey(result, key), value));
  }
  return result;
}
