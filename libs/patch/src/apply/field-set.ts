/**
 * Sets of field paths, in the form managedFields stores them (FieldsV1): a trie keyed by path elements, where a node
 * is in the set when it has no children or holds the key ".". Working on the stored form costs no decoding on a
 * write, and an operation that changes nothing returns its first argument itself. Sets are never changed in place.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}
type Building = { [element: string]: Building };

const self = '.';
const leaf: FieldSet = Object.freeze({});

export const emptySet: FieldSet = leaf;

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

function isMember(node: FieldSet): boolean {
  return isEmptySet(node) || node[self] !== undefined;
}

/** Collects paths; the one place that builds a set by mutation. */
export class FieldSetBuilder {
  private readonly root: Building = {};

  /** Adds the path made of the first `length` elements. The root itself is no field. */
  add(path: readonly string[], length = path.length): void {
    let node = this.root;
    let isNew = true;
    for (let i = 0; i < length; i++) {
      let child = node[path[i]!];
      const last = i === length - 1;
      if (!child) {
        // A leaf about to get its first child was in the set and stays in it.
        if (!isNew && isEmptySet(node)) node[self] = {};
        child = node[path[i]!] = {};
        isNew = true;
      } else {
        if (last && !isEmptySet(child)) child[self] = {};
        isNew = false;
      }
      node = child;
    }
  }

  get set(): FieldSet {
    return this.root;
  }
}

export function fieldSetOf(paths: Iterable<readonly string[]>): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path);
  return builder.set;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(b) || a === b) return a;
  return isEmptySet(a) ? b : unionNodes(a, b, true);
}

function unionNodes(a: FieldSet, b: FieldSet, root: boolean): FieldSet {
  if (a === b) return a;
  let result: Building | undefined;
  for (const key in b) {
    if (key === self) continue;
    const mine = a[key];
    const merged = mine ? unionNodes(mine, b[key]!, false) : b[key]!;
    if (merged !== mine) (result ??= { ...a })[key] = merged;
  }
  // A leaf that got children and a branch that became a field of its own both need the mark.
  const current = result ?? a;
  if (!root && (isMember(a) || isMember(b)) && !current[self] && !isEmptySet(current)) {
    (result ??= { ...a })[self] = {};
  }
  return result ?? a;
}

/** The paths of a that are not in b. A path below one of b's stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return isEmptySet(b) ? a : (differenceNodes(a, b, true) ?? emptySet);
}

/** undefined when nothing is left. */
function differenceNodes(a: FieldSet, b: FieldSet, root: boolean): FieldSet | undefined {
  const member = !root && isMember(a);
  const stays = member && !isMember(b);
  let result: Building | undefined;
  for (const key in b) {
    const mine = key === self ? undefined : a[key];
    if (!mine) continue;
    const rest = differenceNodes(mine, b[key]!, false);
    if (rest === mine) continue;
    result ??= { ...a };
    if (rest) result[key] = rest;
    else delete result[key];
  }
  if (member && !stays && a[self]) {
    result ??= { ...a };
    delete result[self];
  }
  if (root) return result ?? a;
  if (!result) return member && !stays ? (isEmptySet(a) ? undefined : a) : a;
  // What remains of a member that lost all its children is the bare leaf.
  if (stays && Object.keys(result).length === 1 && result[self]) return leaf;
  return isEmptySet(result) ? undefined : result;
}

/** The paths of a that are in b or below a path of b. */
export function differenceRecursive(a: FieldSet, b: FieldSet): FieldSet {
  let result: Building | undefined;
  for (const key in b) {
    const mine = key === self ? undefined : a[key];
    if (!mine) continue;
    const inner = isMember(b[key]!) ? emptySet : differenceRecursive(mine, b[key]!);
    if (inner === mine && !isMember(b[key]!)) continue;
    result ??= { ...a };
    if (isEmptySet(inner)) delete result[key];
    else result[key] = inner;
  }
  return result ?? a;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return intersectNodes(a, b, true) ?? emptySet;
}

function intersectNodes(a: FieldSet, b: FieldSet, root: boolean): FieldSet | undefined {
  if (a === b) return a;
  const member = !root && isMember(a) && isMember(b);
  const result: Building = {};
  for (const key in a) {
    const theirs = key === self ? undefined : b[key];
    const both = theirs && intersectNodes(a[key]!, theirs, false);
    if (both) result[key] = both;
  }
  if (isEmptySet(result)) return member ? leaf : undefined;
  if (member) result[self] = {};
  return result;
}

export function hasPath(set: FieldSet, path: readonly string[]): boolean {
  let node: FieldSet | undefined = set;
  for (const element of path) node = node?.[element];
  return node !== undefined && path.length > 0 && isMember(node);
}

/** Whether a child of a node is in the set, given the node. */
export function hasChild(node: FieldSet, element: string): boolean {
  const child = node[element];
  return child !== undefined && isMember(child);
}

/** Every path in the set, in the set's order. */
export function* pathsOf(set: FieldSet, prefix: readonly string[] = []): Generator<string[]> {
  for (const key of Object.keys(set)) {
    if (key === self) continue;
    const path = [...prefix, key];
    if (isMember(set[key]!)) yield path;
    yield* pathsOf(set[key]!, path);
  }
}

export function sameSet(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  return keys.every((key) => b[key] !== undefined && sameSet(a[key]!, b[key]));
}

/** The set with its keys sorted, "." first, as the API server publishes it. */
export function sortedSet(set: FieldSet): FieldSet {
  const result: Building = {};
  for (const key of Object.keys(set).sort()) result[key] = sortedSet(set[key]!);
  return result;
}

/** Whether a value a client sent as fieldsV1 is one: an object of objects under the known kinds of path elements. */
export function isFieldSet(value: unknown): value is FieldSet {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const [key, child] of Object.entries(value)) {
    if (key !== self && !/^[fkvi]:/.test(key)) return false;
    if (!isFieldSet(child)) return false;
  }
  return true;
}
