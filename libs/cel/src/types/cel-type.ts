export type TypeKind =
  | 'dyn'
  | 'error'
  | 'null_type'
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'string'
  | 'bytes'
  | 'google.protobuf.Duration'
  | 'google.protobuf.Timestamp'
  | 'list'
  | 'map'
  | 'object'
  | 'opaque'
  | 'optional'
  | 'type'
  | 'param';

/** A field of an object type: its type, and the JSON property where its name in expressions is an escaped one. */
export interface FieldType {
  readonly type: CelType;
  readonly property: string;
}

/** A type as the checker sees it. Sizes are bounds that a schema gives; they do not tell types apart. */
export interface CelType {
  readonly kind: TypeKind;
  /** Name of an object, opaque type or type parameter. */
  readonly name?: string;
  /** Element of a list, key and value of a map, what an optional or a type is of. */
  readonly params: readonly CelType[];
  /** Fields of an object; a function, since schemas may contain themselves. */
  readonly field?: (name: string) => FieldType | undefined;
  /** Names of the fields, where they are known beforehand. */
  readonly fieldNames?: () => readonly string[];
  readonly maxElements?: number;
  /** How equal and added lists are compared: x-kubernetes-list-type. */
  readonly listType?: 'set' | 'map';
  readonly listMapKeys?: readonly string[];
}

const scalar = (kind: TypeKind): CelType => ({ kind, params: [] });

export const DYN = scalar('dyn');
export const ERROR = scalar('error');
export const NULL = scalar('null_type');
export const BOOL = scalar('bool');
export const INT = scalar('int');
export const UINT = scalar('uint');
export const DOUBLE = scalar('double');
export const STRING = scalar('string');
export const BYTES = scalar('bytes');
export const DURATION = scalar('google.protobuf.Duration');
export const TIMESTAMP = scalar('google.protobuf.Timestamp');

export const listOf = (element: CelType): CelType => ({ kind: 'list', params: [element] });
export const mapOf = (key: CelType, value: CelType): CelType => ({ kind: 'map', params: [key, value] });
export const optionalOf = (type: CelType): CelType => ({ kind: 'optional', params: [type] });
export const typeOf = (type: CelType): CelType => ({ kind: 'type', params: [type] });
export const opaque = (name: string): CelType => ({ kind: 'opaque', name, params: [] });
export const param = (name: string): CelType => ({ kind: 'param', name, params: [] });

/** An object type of fixed fields, named as they stand in JSON. */
export function objectType(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  const known = new Map(Object.entries(fields).map(([property, type]) => [property, { type, property }]));
  return { kind: 'object', name, params: [], field: (field) => known.get(field), fieldNames: () => [...known.keys()] };
}

export const firstParam = (type: CelType): CelType => type.params[0] ?? DYN;
export const secondParam = (type: CelType): CelType => type.params[1] ?? DYN;

export const isDyn = ({ kind }: CelType): boolean => kind === 'dyn' || kind === 'error';

/** As messages print it: list(int), map(string, dyn), optional_type(string). */
export function formatType(type: CelType): string {
  switch (type.kind) {
    case 'object':
    case 'param':
      return type.name ?? '';
    case 'opaque':
      return type.params.length ? `${type.name}(${type.params.map(formatType).join(', ')})` : (type.name ?? '');
    case 'optional':
      return `optional_type(${formatType(firstParam(type))})`;
    case 'error':
      return '!error!';
    default:
      return type.params.length ? `${type.kind}(${type.params.map(formatType).join(', ')})` : type.kind;
  }
}
