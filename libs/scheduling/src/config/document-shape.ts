import { goDurationMs } from '@nestor/api';

/** What a part of a configuration document may hold; unknown fields are refused as Kubernetes' strict decoding does. */
export type Shape =
  | 'string'
  | 'int32'
  | 'int64'
  | 'float'
  | 'bool'
  /** metav1.Duration: "15s", "1m30s". */
  | 'duration'
  | 'any'
  | { list: Shape }
  | { map: Shape }
  | { fields: Readonly<Record<string, Shape>> };

const scalars: Record<string, (value: unknown) => boolean> = {
  string: (value) => typeof value === 'string',
  int32: (value) => Number.isInteger(value) && Math.abs(value as number) <= 0x7fffffff,
  int64: (value) => Number.isInteger(value),
  float: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  duration: (value) => typeof value === 'string' && goDurationMs(value) !== undefined,
  any: () => true,
};

const goTypes: Record<string, string> = { float: 'float32', duration: 'v1.Duration' };

export interface ShapeProblems {
  unknown: string[];
  types: string[];
}

/** Collects what does not fit; null is the same as absent everywhere, as in Go. */
export function checkShape(shape: Shape, value: unknown, path: string, problems: ShapeProblems): void {
  if (value === null || value === undefined) return;
  if (typeof shape === 'string') {
    if (!scalars[shape]?.(value))
      problems.types.push(
        `json: cannot unmarshal ${jsonType(value)} into Go struct field ${path} of type ${goTypes[shape] ?? shape}`,
      );
  } else if ('list' in shape) {
    if (Array.isArray(value)) value.forEach((item, at) => checkShape(shape.list, item, `${path}[${at}]`, problems));
    else problems.types.push(`json: cannot unmarshal ${jsonType(value)} into Go struct field ${path} of type []`);
  } else if (typeof value !== 'object' || Array.isArray(value)) {
    problems.types.push(`json: cannot unmarshal ${jsonType(value)} into Go struct field ${path} of type struct`);
  } else {
    for (const [key, item] of Object.entries(value)) {
      const at = path ? `${path}.${key}` : key;
      const inner = 'map' in shape ? shape.map : Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined;
      if (inner === undefined) problems.unknown.push(`unknown field ${JSON.stringify(at)}`);
      else checkShape(inner, item, at, problems);
    }
  }
}

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
