const reserved: ReadonlySet<string> = new Set([
  'true',
  'false',
  'null',
  'in',
  'as',
  'break',
  'const',
  'continue',
  'else',
  'for',
  'function',
  'if',
  'import',
  'let',
  'loop',
  'package',
  'namespace',
  'return',
  'var',
  'void',
  'while',
]);
const escapes: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** A property's name as expressions write it; undefined where they cannot. */
export function escapeProperty(property: string): string | undefined {
  if (reserved.has(property)) return `__${property}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(property)) return undefined;
  return property.replace(/__|[./-]/g, (one) => escapes[one] ?? one);
}

/** Undoes escapeProperty. */
export function unescapeProperty(name: string): string {
  const keyword = /^__(\w+)__$/.exec(name)?.[1];
  if (keyword !== undefined && reserved.has(keyword)) return keyword;
  return name.replace(/__(underscores|dot|dash|slash)__/g, (_, word: string) => plain[word] ?? '');
}

const plain: Readonly<Record<string, string>> = { underscores: '__', dot: '.', dash: '-', slash: '/' };
