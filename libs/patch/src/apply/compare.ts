import type { StructuralSchema } from '@nestor/schema';
import { getKey, jsonEqual, type JsonObject } from '../json/json-value';
import { FieldSetBuilder, union, type FieldSet } from './field-set';
import { indexList } from './list-items';
import { fieldElement } from './path-element';
import { childSchema, isVoid, shapeOf } from './shape';

/** What changed between two values of one schema, as sets of paths. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

export interface CompareOptions {
  /**
   * Whether the kind is a Go struct at heart: its embedded structs (spec, template, ...) exist even when empty,
   * so filling one is not adding it. Custom resources have no such fields.
   */
  builtIn: boolean;
  /** Names at the root and under metadata that nobody owns; comparing them would be waste. */
  skip: { root: ReadonlySet<string>; metadata: ReadonlySet<string> };
}

interface Walk {
  path: string[];
  added: FieldSetBuilder;
  modified: FieldSetBuilder;
  removed: FieldSetBuilder;
  skip: CompareOptions['skip'];
}

/** Fields that are struct values, not pointers, in the Go types; only where every parent is one, too. */
const embeddedStructs = new Set([
  'metadata',
  'spec',
  'status',
  'template',
  'jobTemplate',
  'strategy',
  'updateStrategy',
  'loadBalancer',
  'scaleTargetRef',
  'roleRef',
  'names',
  'acceptedNames',
  'resources',
  'nodeInfo',
  'daemonEndpoints',
  'kubeletEndpoint',
  'involvedObject',
  'source',
]);

const nothing: JsonObject = Object.freeze({});

/** typed.Compare. The walk skips every part the two values share, so its cost is that of what differs. */
export function compare(
  schema: StructuralSchema | undefined,
  before: unknown,
  after: unknown,
  options: CompareOptions,
): Comparison {
  const walk: Walk = {
    path: [],
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
    skip: options.skip,
  };
  compareFields(walk, schema, { before: before ?? nothing, after: after ?? nothing, embedded: options.builtIn });
  return { added: walk.added.set, modified: walk.modified.set, removed: walk.removed.set };
}

export const changed = (comparison: Comparison): FieldSet => union(comparison.added, comparison.modified);

interface Pair {
  before: unknown;
  after: unknown;
  embedded: boolean;
}

function compareValue(walk: Walk, schema: StructuralSchema | undefined, pair: Pair): void {
  const { before, after } = pair;
  if (before === after) return;
  const present = after === undefined || after === null ? before : after;
  const shape = shapeOf(schema, present);
  const bothVoid = isVoid(before) && isVoid(after);
  if (shape === 'scalar' || shape === 'atomic' || bothVoid) return compareLeaf(walk, before, after);
  if (before !== undefined && before !== null && after !== undefined && after !== null) {
    // A free-form value that turned from a map to something else or back.
    if (shapeOf(schema, before) !== shape || Array.isArray(before) !== Array.isArray(after)) {
      return compareLeaf(walk, before, after);
    }
  }
  if (shape === 'list') compareItems(walk, schema!, pair);
  else compareFields(walk, schema, pair);
  if (before === undefined) walk.added.add(walk.path);
  else if (after === undefined) walk.removed.add(walk.path);
}

function compareLeaf(walk: Walk, before: unknown, after: unknown): void {
  if (before === undefined) walk.added.add(walk.path);
  else if (after === undefined) walk.removed.add(walk.path);
  else if (!jsonEqual(before, after)) walk.modified.add(walk.path);
}

const asObject = (value: unknown): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : nothing;

function compareFields(walk: Walk, schema: StructuralSchema | undefined, pair: Pair): void {
  const before = asObject(pair.before);
  const after = asObject(pair.after);
  for (const name of Object.keys(after)) compareField(walk, schema, { before, after, embedded: pair.embedded }, name);
  for (const name of Object.keys(before)) {
    if (!Object.hasOwn(after, name)) compareField(walk, schema, { before, after, embedded: pair.embedded }, name);
  }
}

interface Parents {
  before: JsonObject;
  after: JsonObject;
  embedded: boolean;
}

function compareField(walk: Walk, schema: StructuralSchema | undefined, parents: Parents, name: string): void {
  let before = getKey(parents.before, name);
  let after = getKey(parents.after, name);
  if (before === after || isSkipped(walk, name)) return;
  const child = childSchema(schema, name);
  let embedded = false;
  if (parents.embedded && (before === undefined || after === undefined) && child) {
    const zero = zeroValue(schema!, child, name);
    before ??= zero;
    after ??= zero;
  }
  if (parents.embedded && embeddedStructs.has(name)) embedded = child?.properties !== undefined;
  walk.path.push(fieldElement(name));
  compareValue(walk, child, { before, after, embedded });
  walk.path.pop();
}

/** What Go's encoder writes for a field that was not set: {} for a struct, null for a required list or map. */
function zeroValue(schema: StructuralSchema, child: StructuralSchema, name: string): unknown {
  if (child.properties) return embeddedStructs.has(name) ? nothing : undefined;
  const container = child.type === 'array' || child.type === 'object';
  return container && schema.required?.includes(name) ? null : undefined;
}

function isSkipped(walk: Walk, name: string): boolean {
  const depth = walk.path.length;
  if (depth === 0) return walk.skip.root.has(name);
  return depth === 1 && walk.path[0] === 'f:metadata' && walk.skip.metadata.has(name);
}

function compareItems(walk: Walk, schema: StructuralSchema, pair: Pair): void {
  const before = indexList(schema, pair.before);
  const after = indexList(schema, pair.after);
  const compareItem = (element: string) => {
    walk.path.push(element);
    const beforeAll = before.duplicates?.get(element);
    const afterAll = after.duplicates?.get(element);
    if (beforeAll || afterAll) {
      compareLeaf(walk, beforeAll ?? before.items.get(element), afterAll ?? after.items.get(element));
    } else {
      const item = { before: before.items.get(element), after: after.items.get(element), embedded: false };
      compareValue(walk, schema.items, item);
    }
    walk.path.pop();
  };
  for (const element of after.items.keys()) compareItem(element);
  for (const element of before.items.keys()) if (!after.items.has(element)) compareItem(element);
}
