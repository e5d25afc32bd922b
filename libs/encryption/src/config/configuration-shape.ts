import { field, omitValue, type FieldError } from '@nestor/api';

type Fields = Record<string, unknown>;
type Check = (value: unknown, path: string) => FieldError[];

// Values are left out of every error here: any of them may be a key in the wrong place.
const wrong = (path: string, expected: string): FieldError => field.invalid(path, omitValue, `must be ${expected}`);
const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

const text: Check = (value, path) => (typeof value === 'string' ? [] : [wrong(path, 'a string')]);
const number: Check = (value, path) => (Number.isInteger(value) ? [] : [wrong(path, 'an integer')]);
const listOf =
  (check: Check): Check =>
  (value, path) =>
    Array.isArray(value) ? value.flatMap((entry, index) => check(entry, `${path}[${index}]`)) : [wrong(path, 'a list')];
const object =
  (fields: Readonly<Record<string, Check>>): Check =>
  (value, path) => {
    if (!isMap(value)) return [wrong(path || 'the configuration', 'an object')];
    return Object.entries(value).flatMap(([name, part]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const check = fields[name];
      if (!check) return [field.invalid(at, omitValue, 'unknown field')];
      return part === undefined || part === null ? [] : check(part, at);
    });
  };

const keys = object({ keys: listOf(object({ name: text, secret: text })) });
const kms = object({ apiVersion: text, name: text, endpoint: text, timeout: text, cachesize: number });
const provider = object({ aesgcm: keys, aescbc: keys, secretbox: keys, identity: object({}), kms });
const configuration = object({
  apiVersion: text,
  kind: text,
  metadata: () => [],
  resources: listOf(object({ resources: listOf(text), providers: listOf(provider) })),
});

/** Types and unknown fields: what strict decoding refuses. */
export const shapeErrors = (value: Fields): FieldError[] => configuration(value, '');
