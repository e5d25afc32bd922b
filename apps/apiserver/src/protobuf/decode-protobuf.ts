import { MessageField, messageFields } from './message-table';
import { WireError, WireField, wireFields } from './wire-reader';

type Json = Record<string, unknown>;

/** "k8s" and a zero byte open every protobuf body. */
const magic = Buffer.from('k8s\0');

/** A body of client-go's protobuf serializer as the JSON object it stands for. Throws WireError for what it cannot read whole. */
export function decodeProtobuf(body: Buffer): Json {
  if (!body.subarray(0, magic.length).equals(magic)) throw new WireError('the prefix of a protobuf body is missing');
  const envelope = [...wireFields(body.subarray(magic.length))];
  const type = [...wireFields(bytesOf(envelope, 1))];
  const apiVersion = bytesOf(type, 1).toString('utf8');
  const kind = bytesOf(type, 2).toString('utf8');
  return { kind, apiVersion, ...decodeMessage(kind, bytesOf(envelope, 2)) };
}

const bytesOf = (fields: readonly WireField[], number: number): Buffer =>
  fields.find((field) => field.number === number)?.bytes ?? Buffer.alloc(0);

function decodeMessage(message: string, bytes: Buffer): Json {
  const fields = messageFields(message);
  if (!fields) throw new WireError(`protobuf messages of type ${message} are not supported; send JSON`);
  const object: Json = {};
  for (const wire of wireFields(bytes)) {
    const field = fields.get(wire.number);
    // Dropping what cannot be read would lose what the client asked for.
    if (!field) throw new WireError(`field ${wire.number} of ${message} is not supported in protobuf; send JSON`);
    if (field.type !== '-') setField(object, field, wire);
  }
  return object;
}

function setField(object: Json, field: MessageField, wire: WireField): void {
  const { name, type, shape, keepsZero } = field;
  if (shape === 'folded') Object.assign(object, decodeMessage(type, wire.bytes ?? Buffer.alloc(0)));
  else if (shape === 'map') setEntry((object[name] ??= {}) as Json, type, wire.bytes ?? Buffer.alloc(0));
  else {
    const value = decodeValue(type, wire);
    if (shape === 'list') ((object[name] ??= []) as unknown[]).push(value);
    else if (value !== undefined && (keepsZero || !isZero(value))) object[name] = value;
  }
}

function setEntry(map: Json, type: string, entry: Buffer): void {
  const fields = [...wireFields(entry)];
  const key = bytesOf(fields, 1).toString('utf8');
  const value = fields.find(({ number }) => number === 2) ?? { number: 2, bytes: Buffer.alloc(0) };
  Object.defineProperty(map, key, {
    value: decodeValue(type, value),
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

const isZero = (value: unknown): boolean => value === '' || value === 0 || value === false;

function decodeValue(type: string, { varint = 0n, bytes = Buffer.alloc(0) }: WireField): unknown {
  switch (type) {
    case 's':
      return bytes.toString('utf8');
    case 'i':
      return Number(BigInt.asIntN(64, varint));
    case 'b':
      return varint !== 0n;
    case 'y':
      return bytes.toString('base64');
    case 't':
    case 'u':
      return timeText(bytes, type === 'u');
    case 'q':
      return bytesOf([...wireFields(bytes)], 1).toString('utf8');
    case 'x':
      return intOrString(bytes);
    case 'v':
      return JSON.parse(bytesOf([...wireFields(bytes)], 1).toString('utf8') || '{}');
    default:
      return decodeMessage(type, bytes);
  }
}

/** An empty Time is no time. */
function timeText(bytes: Buffer, micros: boolean): string | undefined {
  if (bytes.length === 0) return undefined;
  const numbers = new Map(
    [...wireFields(bytes)].map(({ number, varint = 0n }) => [number, Number(BigInt.asIntN(64, varint))]),
  );
  const seconds = numbers.get(1) ?? 0;
  const whole = new Date(seconds * 1000).toISOString().slice(0, 19);
  if (!micros) return `${whole}Z`;
  return `${whole}.${String(Math.floor((numbers.get(2) ?? 0) / 1000)).padStart(6, '0')}Z`;
}

function intOrString(bytes: Buffer): string | number {
  const fields = [...wireFields(bytes)];
  const number = (at: number): number =>
    Number(BigInt.asIntN(64, fields.find((field) => field.number === at)?.varint ?? 0n));
  return number(1) === 0 ? number(2) : bytesOf(fields, 3).toString('utf8');
}
