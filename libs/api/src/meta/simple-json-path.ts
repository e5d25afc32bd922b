/**
 * The JSONPath that printer columns, scale paths and selectable fields of custom resources use: members, indices,
 * `[*]` and the equality filter. Compiled once for a definition, run for every object.
 */
export type JsonPath = (root: unknown) => unknown[];
type Step = (values: unknown[]) => unknown[];

const token =
  /\.?([A-Za-z_$][\w$-]*(?:\\\.[\w$-]+)*)|\[\s*'((?:[^'\\]|\\.)*)'\s*\]|\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\[(-?\d+)\]|(\[\*\]|\.\*)|\[\?\(\s*@\.([\w.$-]+)\s*(==|!=)\s*(?:"([^"]*)"|'([^']*)'|(true|false|-?[\d.]+))\s*\)\]/y;

const member = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
const present = (values: unknown[]): unknown[] => values.filter((value) => value !== undefined && value !== null);

function all(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function filterStep(path: string, equal: boolean, wanted: string): Step {
  const keys = path.split('.');
  return (values) =>
    values.flatMap(all).filter((item) => (String(keys.reduce<unknown>(member, item)) === wanted) === equal);
}

function step(match: RegExpExecArray): Step {
  const [, name, quoted, doubleQuoted, index, wildcard, filterPath, operator, text, singleText, literal] = match;
  if (wildcard) return (values) => values.flatMap(all);
  if (index !== undefined) {
    return (values) => present(values.map((value) => (Array.isArray(value) ? value.at(Number(index)) : undefined)));
  }
  if (filterPath !== undefined) {
    return filterStep(filterPath, operator === '==', text ?? singleText ?? literal ?? '');
  }
  const key = (name ?? quoted ?? doubleQuoted ?? '').replace(/\\(.)/g, '$1');
  return (values) => present(values.map((value) => member(value, key)));
}

/** Throws SyntaxError for what the simple form does not hold. */
export function compileJsonPath(text: string): JsonPath {
  const path = text.replace(/^\{|\}$/g, '').replace(/^\$/, '');
  const steps: Step[] = [];
  token.lastIndex = 0;
  let position = 0;
  while (position < path.length) {
    token.lastIndex = position;
    const match = token.exec(path);
    if (!match) throw new SyntaxError(`unrecognized character in action: ${JSON.stringify(path.slice(position))}`);
    steps.push(step(match));
    position = token.lastIndex;
  }
  return (root) => steps.reduce((values, next) => next(values), [root]);
}
