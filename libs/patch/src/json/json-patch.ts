import { badRequest, requestEntityTooLarge } from '@nestor/api';
import { unprocessablePatch } from '../patch-error';
import { parsePointer } from './json-pointer';
import { getKey, goJsonType, isObject, jsonEqual, setKey, type JsonObject } from './json-value';

/** kube-apiserver's bound on one patch (maxJSONPatchOperations). */
const maxOperations = 10_000;

type Container = JsonObject | unknown[];

/**
 * Applies an RFC 6902 patch and returns the new document; the given one is untouched and may be shared in part.
 * Operations and errors follow github.com/evanphx/json-patch as kube-apiserver uses it: a malformed patch is 400,
 * an operation that does not apply (a failed test among them) is 422.
 */
export function applyJsonPatch<T>(doc: T, operations: unknown): T {
  if (operations === null || operations === undefined) return doc;
  if (!Array.isArray(operations)) {
    throw badRequest(`json: cannot unmarshal ${goJsonType(operations)} into Go value of type jsonpatch.Patch`);
  }
  for (const operation of operations) {
    if (!isObject(operation)) {
      throw badRequest(`json: cannot unmarshal ${goJsonType(operation)} into Go value of type jsonpatch.Operation`);
    }
  }
  if (operations.length > maxOperations) {
    throw requestEntityTooLarge(
      `The allowed maximum operations in a JSON patch is ${maxOperations}, got ${operations.length}`,
    );
  }
  let result: unknown = doc;
  const owned = new Set<object>();
  for (const operation of operations as JsonObject[]) result = applyOperation(result, operation, owned);
  return result as T;
}

/** `owned` holds the containers this patch has already copied, so that a long patch copies each container once. */
function applyOperation(doc: unknown, operation: JsonObject, owned: Set<object>): unknown {
  const op = getKey(operation, 'op');
  const path = stringMember(operation, 'path', op);
  switch (op) {
    case 'add':
      return write(doc, path, owned, (parent, token) => addAt(parent, token, valueOf(operation, op), path));
    case 'remove':
      return write(doc, path, owned, (parent, token) => removeAt(parent, token, path));
    case 'replace':
      return write(doc, path, owned, (parent, token) => replaceAt(parent, token, valueOf(operation, op), path));
    case 'move': {
      const from = stringMember(operation, 'from', op);
      const value = read(doc, from, op);
      if (path.startsWith(`${from}/`))
        throw unprocessablePatch(`move operation does not apply: ${path} is inside ${from}`);
      const without = write(doc, from, owned, (parent, token) => removeAt(parent, token, from));
      return write(without, path, owned, (parent, token) => addAt(parent, token, value, path));
    }
    case 'copy': {
      // The copy may be edited by a later operation, independently of its source.
      const value = structuredClone(read(doc, stringMember(operation, 'from', op), op));
      return write(doc, path, owned, (parent, token) => addAt(parent, token, value, path));
    }
    case 'test':
      testAt(doc, path, getKey(operation, 'value') ?? null);
      return doc;
    default:
      throw unprocessablePatch(`Unexpected kind: ${String(op)}`);
  }
}

function stringMember(operation: JsonObject, name: 'path' | 'from', op: unknown): string {
  const value = getKey(operation, name);
  if (typeof value !== 'string')
    throw unprocessablePatch(`${String(op)} operation failed to decode ${name}: missing value`);
  return value;
}

function valueOf(operation: JsonObject, op: string): unknown {
  const value = getKey(operation, 'value');
  if (value === undefined) throw unprocessablePatch(`${op} operation does not apply: missing value`);
  return value;
}

function missingPath(op: string, path: string): Error {
  return unprocessablePatch(`${op} operation does not apply: doc is missing path: "${path}": missing value`);
}

/** Index into an array, counting from the end when negative; undefined when out of range. */
function indexOf(token: string, length: number): number | undefined {
  if (!/^-?(0|[1-9]\d*)$/.test(token)) return undefined;
  const index = Number(token) < 0 ? Number(token) + length : Number(token);
  return index >= 0 && index < length ? index : undefined;
}

function childOf(parent: unknown, token: string): unknown {
  if (Array.isArray(parent)) {
    const index = indexOf(token, parent.length);
    return index === undefined ? undefined : parent[index];
  }
  return isObject(parent) ? getKey(parent, token) : undefined;
}

function read(doc: unknown, path: string, op: string): unknown {
  const tokens = parsePointer(path);
  let value: unknown = tokens ? doc : undefined;
  for (const token of tokens ?? []) value = childOf(value, token);
  if (value === undefined) throw missingPath(op, path);
  return value;
}

function own(container: Container, owned: Set<object>): Container {
  if (owned.has(container)) return container;
  const copy = Array.isArray(container) ? [...container] : { ...container };
  owned.add(copy);
  return copy;
}

/** Copies the containers down to the parent of `path` and lets `edit` change the parent. */
function write(
  doc: unknown,
  path: string,
  owned: Set<object>,
  edit: (parent: Container, token: string) => void,
): unknown {
  const tokens = parsePointer(path);
  const last = tokens?.pop();
  if (!tokens || last === undefined || typeof doc !== 'object' || doc === null) throw missingPath('', path);
  const root = own(doc as Container, owned);
  let parent = root;
  for (const token of tokens) {
    const child = childOf(parent, token);
    if (typeof child !== 'object' || child === null) throw missingPath('', path);
    const copy = own(child as Container, owned);
    if (Array.isArray(parent)) parent[indexOf(token, parent.length)!] = copy;
    else setKey(parent, token, copy);
    parent = copy;
  }
  edit(parent, last);
  return root;
}

function addAt(parent: Container, token: string, value: unknown, path: string): void {
  if (!Array.isArray(parent)) return setKey(parent, token, value);
  // One past the end may be added at, too.
  const index = token === '-' ? parent.length : indexOf(token, parent.length + 1);
  if (index === undefined)
    throw unprocessablePatch(`add operation does not apply: doc is missing path: "${path}": invalid index`);
  parent.splice(index, 0, value);
}

function removeAt(parent: Container, token: string, path: string): void {
  if (childOf(parent, token) === undefined) {
    throw unprocessablePatch(`remove operation does not apply: doc is missing path: "${path}": missing value`);
  }
  if (Array.isArray(parent)) parent.splice(indexOf(token, parent.length)!, 1);
  else delete parent[token];
}

function replaceAt(parent: Container, token: string, value: unknown, path: string): void {
  if (childOf(parent, token) === undefined) {
    throw unprocessablePatch(`replace operation does not apply: doc is missing key: ${path}: missing value`);
  }
  if (Array.isArray(parent)) parent[indexOf(token, parent.length)!] = value;
  else setKey(parent, token, value);
}

/** A test for null also holds where there is nothing, as in json-patch. */
function testAt(doc: unknown, path: string, expected: unknown): void {
  const tokens = parsePointer(path);
  let value: unknown = tokens ? doc : undefined;
  for (const token of tokens ?? []) value = childOf(value, token);
  if (!jsonEqual(value ?? null, expected)) throw unprocessablePatch(`testing value ${path} failed: test failed`);
}
