import type { CelType, FieldType } from '../types/cel-type';
import { adapt } from './adapt';
import { Uint } from './uint';
import type { Value } from './value';

export type KeyValue = string | bigint | boolean | Uint;

/** A map, or an object with fields: both are asked by key. */
export abstract class CelMap {
  /** Name of an object's type; absent for a map. */
  readonly typeName?: string;
  abstract readonly size: number;
  abstract get(key: Value): Value | undefined;
  abstract keys(): Iterable<KeyValue>;
}

type Normal = string | bigint | boolean;

/** Keys 1, 1u and 1.0 are one key. */
function normalKey(key: Value): Normal | undefined {
  if (typeof key === 'string' || typeof key === 'bigint' || typeof key === 'boolean') return key;
  if (key instanceof Uint) return key.value;
  return typeof key === 'number' && Number.isInteger(key) ? BigInt(key) : undefined;
}

export class ValueMap extends CelMap {
  private readonly entries = new Map<Normal, { key: KeyValue; value: Value }>();

  get size(): number {
    return this.entries.size;
  }
  has(key: KeyValue): boolean {
    return this.entries.has(normalKey(key) as Normal);
  }
  set(key: KeyValue, value: Value): this {
    this.entries.set(normalKey(key) as Normal, { key, value });
    return this;
  }
  get(key: Value): Value | undefined {
    const normal = normalKey(key);
    return normal === undefined ? undefined : this.entries.get(normal)?.value;
  }
  *keys(): Iterable<KeyValue> {
    for (const { key } of this.entries.values()) yield key;
  }
}

/** A JSON object as a map of strings. */
export class JsonMap extends CelMap {
  constructor(
    readonly json: Readonly<Record<string, unknown>>,
    private readonly element: CelType,
  ) {
    super();
  }
  get size(): number {
    return Object.keys(this.json).length;
  }
  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.json, key)) return undefined;
    const held = this.json[key];
    return held === undefined ? undefined : adapt(held, this.element);
  }
  keys(): Iterable<string> {
    return Object.keys(this.json).filter((key) => this.json[key] !== undefined);
  }
}

/** A JSON object as an object of a schema: fields go by their escaped names, those the schema has not are not seen. */
export class JsonObject extends CelMap {
  override readonly typeName: string;
  private readonly field: (name: string) => FieldType | undefined;
  constructor(
    readonly json: Readonly<Record<string, unknown>>,
    private readonly type: CelType,
  ) {
    super();
    this.typeName = type.name ?? '';
    this.field = type.field ?? (() => undefined);
  }
  get size(): number {
    return [...this.keys()].length;
  }
  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const field = this.field(key);
    if (!field || !Object.hasOwn(this.json, field.property)) return undefined;
    const held = this.json[field.property];
    return held === undefined ? undefined : adapt(held, field.type);
  }
  keys(): Iterable<string> {
    return (this.type.fieldNames?.() ?? []).filter((name) => this.get(name) !== undefined);
  }
}

/** An object that an expression made: Object.spec{replicas: 1}. */
export class StructValue extends CelMap {
  constructor(
    override readonly typeName: string,
    readonly fields: ReadonlyMap<string, Value>,
    readonly type: CelType,
  ) {
    super();
  }
  get size(): number {
    return this.fields.size;
  }
  get(key: Value): Value | undefined {
    return typeof key === 'string' ? this.fields.get(key) : undefined;
  }
  keys(): Iterable<string> {
    return this.fields.keys();
  }
}

/** An object whose fields are worked out when they are asked for, and then kept: the variables of a policy. */
export class LazyObject extends CelMap {
  private readonly made = new Map<string, Value>();
  constructor(
    override readonly typeName: string,
    private readonly names: readonly string[],
    private readonly make: (name: string) => Value,
  ) {
    super();
  }
  get size(): number {
    return this.names.length;
  }
  get(key: Value): Value | undefined {
    if (typeof key !== 'string' || !this.names.includes(key)) return undefined;
    const known = this.made.get(key);
    if (known !== undefined) return known;
    const value = this.make(key);
    this.made.set(key, value);
    return value;
  }
  keys(): Iterable<string> {
    return this.names;
  }
}
