import type { StructuralSchema } from '@nestor/schema';

const step = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/y;
const escapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  "'": "'",
  '\\': '\\',
};

/**
 * A rule's fieldPath (".spec.replicas", ".labels['a/b']") as a field path below the value the rule stands at; undefined
 * where the schema has no such field (cel.ValidFieldPath).
 */
export function ruleFieldPath(text: string, schema: StructuralSchema): string | undefined {
  let at: StructuralSchema | undefined = schema;
  let path = '';
  step.lastIndex = 0;
  while (step.lastIndex < text.length) {
    const found: RegExpExecArray | null = step.exec(text);
    if (!found || !at) return undefined;
    const name = found[1] ?? unescaped(found[2] ?? '');
    if (name === undefined) return undefined;
    path += at.properties ? `.${name}` : `[${name}]`;
    at = at.properties
      ? Object.hasOwn(at.properties, name)
        ? at.properties[name]
        : undefined
      : at.additionalProperties;
    if (!at) return undefined;
  }
  return path.replace(/^\./, '');
}

function unescaped(text: string): string | undefined {
  if (/\\[^abfnrtv'\\]/.test(text)) return undefined;
  return text.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? '');
}
