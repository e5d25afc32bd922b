type Fields = Record<string, unknown>;
/** What of a value does not fit, each with the path of its field. */
export type Shape = (value: unknown, path: string) => string[];

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const wrong = (path: string, expected: string): string[] => [`${path}: must be ${expected}`];

export const text: Shape = (value, path) => (typeof value === 'string' ? [] : wrong(path, 'a string'));
export const truth: Shape = (value, path) => (typeof value === 'boolean' ? [] : wrong(path, 'a boolean'));
export const anything: Shape = () => [];
export const listOf =
  (entry: Shape): Shape =>
  (value, path) =>
    Array.isArray(value) ? value.flatMap((one, index) => entry(one, `${path}[${index}]`)) : wrong(path, 'a list');

/** An object of these fields and no others; any of them may be left out. */
export const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value, path) => {
    if (!isMap(value)) return wrong(path || 'the configuration', 'an object');
    return Object.entries(value).flatMap(([name, part]) => {
      const at = path === '' ? name : `${path}.${name}`;
      const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (!shape) return [`unknown field ${JSON.stringify(at)}`];
      return part === undefined || part === null ? [] : shape(part, at);
    });
  };
