import table from './field-numbers.json';
import { WireReader } from './wire-reader';

type Json = Record<string, unknown>;

interface Field {
  /** '' for a message whose fields are the owner's in JSON (Go's inline). */
  name: string;
  type: string;
  shape: 'one' | 'list' | 'map';
  /** Go's JSON leaves the zero value out. */
  zeroIsAbsent: boolean;
}

/** "k8s" and a zero byte begin every body of application/vnd.kubernetes.protobuf. */
const magic = Buffer.from([0x6b, 0x38, 0x73, 0x00]);
const messages = new Map<string, ReadonlyMap<number, Field>>();

function parseField(text: string): Field {
  const [, name = '', shape, type = '', zero] = /^(\S*) (\[\]|\{\})?(.*?)(\?)?$/.exec(text) ?? [];
  return { name, type, shape: shape === '[]' ? 'list' : shape === '{}' ? 'map' : 'one', zeroIsAbsent: zero === '?' };
}

function fieldsOf(definition: string): ReadonlyMap<number, Field> | undefined {
  const known = messages.get(definition);
  if (known) return known;
  const raw = (table as Record<string, Record<string, string>>)[definition];
  if (!raw) return undefined;
  const fields = new Map(Object.entries(raw).map(([number, text]) => [Number(number), parseField(text)] as const));
  messages.set(definition, fields);
  return fields;
}

/** True when a definition can be read from protobuf: all built-in kinds, no custom ones. */
export function hasProtobuf(definition: string): boolean {
  return fieldsOf(definition) !== undefined;
}

export function isKubernetesProtobuf(body: Buffer): boolean {
  return body.subarray(0, 4).equals(magic);
}

/**
 * Reads a body of application/vnd.kubernetes.protobuf (runtime.Unknown around the object) into the object's JSON form,
 * as Go's clients would have sent it as JSON. Throws an Error that says what is
 * wrong with the bytes.
 */
export function decodeKubernetesProtobuf(body: Buffer): Json {
  if (!isKubernetesProtobuf(body))
    throw new Error('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  const envelope = new WireReader(body.subarray(4));
  let apiVersion = '';
  let kind = '';
  let raw: Buffer = Buffer.alloc(0);
  while (!envelope.done) {
    const { number, wireType } = envelope.key();
    if (number === 1) ({ apiVersion, kind } = readTypeMeta(envelope.lengthDelimited()));
    else if (number === 2) raw = envelope.lengthDelimited();
    else envelope.skip(wireType);
  }
  const definition = definitionOf(apiVersion, kind);
  if (!hasProtobuf(definition))
    throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`);
  return { kind, apiVersion, ...readMessage(raw, definition) };
}

const metaKinds = new Set(['DeleteOptions', 'Status', 'WatchEvent', 'ListOptions']);

/** Built-in definitions are named after the group's first label: rbac.authorization.k8s.io/v1 is io.k8s.api.rbac.v1. */
function definitionOf(apiVersion: string, kind: string): string {
  if (metaKinds.has(kind)) return `io.k8s.apimachinery.pkg.apis.meta.v1.${kind}`;
  const [group = '', version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  return `io.k8s.api.${group.split('.')[0]}.${version}.${kind}`;
}

function readTypeMeta(bytes: Buffer): { apiVersion: string; kind: string } {
  const reader = new WireReader(bytes);
  const texts = ['', '', ''];
  while (!reader.done) {
    const { number, wireType } = reader.key();
    if (number === 1 || number === 2) texts[number] = reader.lengthDelimited().toString('utf8');
    else reader.skip(wireType);
  }
  return { apiVersion: texts[1] ?? '', kind: texts[2] ?? '' };
}

function readMessage(bytes: Buffer, definition: string): Json {
  const fields = fieldsOf(definition);
  if (!fields) throw new Error(`no message ${definition} is known`);
  const reader = new WireReader(bytes);
  const object: Json = {};
  while (!reader.done) {
    const { number, wireType } = reader.key();
    const field = fields.get(number);
    if (!field) reader.skip(wireType);
    else readField(reader, field, object);
  }
  return object;
}

function readField(reader: WireReader, field: Field, object: Json): void {
  if (field.shape === 'map') {
    const [key, value] = readEntry(reader.lengthDelimited(), field.type);
    ((object[field.name] ??= {}) as Json)[key] = value;
    return;
  }
  const value = readValue(reader, field.type);
  if (field.shape === 'list') ((object[field.name] ??= []) as unknown[]).push(value);
  else if (field.name === '') Object.assign(object, value);
  else if (value !== undefined && !(field.zeroIsAbsent && isZero(value))) object[field.name] = value;
}

function readEntry(bytes: Buffer, type: string): [string, unknown] {
  const reader = new WireReader(bytes);
  let key = '';
  let value: unknown;
  while (!reader.done) {
    const { number, wireType } = reader.key();
    if (number === 1) key = reader.lengthDelimited().toString('utf8');
    else if (number === 2) value = readValue(reader, type);
    else reader.skip(wireType);
  }
  return [key, value ?? (type === 'string' || type === 'bytes' ? '' : {})];
}

function isZero(value: unknown): boolean {
  return value === '' || value === 0 || value === false;
}

function readValue(reader: WireReader, type: string): unknown {
  switch (type) {
    case 'string':
      return reader.lengthDelimited().toString('utf8');
    case 'int':
      return reader.integer();
    case 'bool':
      return reader.varint() !== 0n;
    case 'double':
      return reader.double();
    case 'bytes':
      return reader.lengthDelimited().toString('base64');
    case 'quantity':
      return String(scalars(reader.lengthDelimited())[1] ?? '0');
    case 'time':
      return readTime(reader.lengthDelimited(), false);
    case 'microTime':
      return readTime(reader.lengthDelimited(), true);
    case 'intOrString': {
      const [, kind, number, text] = scalars(reader.lengthDelimited());
      return kind === 1 ? text : (number ?? 0);
    }
    case 'raw': {
      const json = new WireReader(reader.lengthDelimited());
      return json.done || json.key().number !== 1
        ? undefined
        : (JSON.parse(json.lengthDelimited().toString('utf8')) as unknown);
    }
    case 'items':
      return readItems(reader.lengthDelimited());
    default:
      return readMessage(reader.lengthDelimited(), type);
  }
}

/** The fields of a small message of numbers and texts, by number. */
function scalars(bytes: Buffer): (string | number | undefined)[] {
  const reader = new WireReader(bytes);
  const values: (string | number | undefined)[] = [];
  while (!reader.done) {
    const { number, wireType } = reader.key();
    values[number] = wireType === 2 ? reader.lengthDelimited().toString('utf8') : reader.integer();
  }
  return values;
}

function readItems(bytes: Buffer): string[] {
  const reader = new WireReader(bytes);
  const items: string[] = [];
  while (!reader.done) {
    reader.key();
    items.push(reader.lengthDelimited().toString('utf8'));
  }
  return items;
}

/** Seconds and nanoseconds; an empty message is Go's zero time, which JSON leaves out or sends as null. */
function readTime(bytes: Buffer, micro: boolean): string | undefined {
  const [, seconds, nanos] = scalars(bytes);
  if (typeof seconds !== 'number') return undefined;
  const date = new Date(seconds * 1000).toISOString().slice(0, 19);
  const fraction = String(Math.floor(Number(nanos ?? 0) / 1000)).padStart(6, '0');
  return micro ? `${date}.${fraction}Z` : `${date}Z`;
}
