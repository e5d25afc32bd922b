/**
 * A JSON scanner that finds what JSON.parse cannot tell: the first syntax error in encoding/json's words, and keys that
 * appear twice in one object. It runs only when a body was refused or looks unusual, never on the plain hot path.
 */
export interface JsonFindings {
  /** encoding/json's message, undefined when the text is good. */
  error?: string;
  /** Dotted paths of duplicate keys: spec.containers[0].image. */
  duplicates: string[];
}

class SyntaxProblem extends Error {}

const whitespace = /[ \t\r\n]/;
const literals = ['true', 'false', 'null'] as const;

export function scanJson(text: string): JsonFindings {
  const scanner = new Scanner(text);
  try {
    scanner.document();
    return { duplicates: scanner.duplicates };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { error: error.message, duplicates: scanner.duplicates };
    throw error;
  }
}

class Scanner {
  readonly duplicates: string[] = [];
  private at = 0;
  constructor(private readonly text: string) {}

  document(): void {
    this.value('');
    this.space();
    if (this.at < this.text.length) this.fail('after top-level value');
  }

  private space(): void {
    while (this.at < this.text.length && whitespace.test(this.text[this.at] as string)) this.at++;
  }

  private fail(where: string): never {
    const character = this.text[this.at];
    if (character === undefined) throw new SyntaxProblem('unexpected end of JSON input');
    throw new SyntaxProblem(`invalid character ${quoteCharacter(character)} ${where}`);
  }

  private value(path: string): void {
    this.space();
    const character = this.text[this.at];
    if (character === '{') this.object(path);
    else if (character === '[') this.array(path);
    else if (character === '"') this.string();
    else if (character === '-' || (character !== undefined && character >= '0' && character <= '9')) this.number();
    else this.literal();
  }

  private object(path: string): void {
    const seen = new Set<string>();
    this.at++;
    this.space();
    if (this.text[this.at] === '}') {
      this.at++;
      return;
    }
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') this.fail('looking for beginning of object key string');
      const key = this.string();
      const child = path === '' ? key : `${path}.${key}`;
      if (seen.has(key) && !this.duplicates.includes(child)) this.duplicates.push(child);
      seen.add(key);
      this.space();
      if (this.text[this.at] !== ':') this.fail('after object key');
      this.at++;
      this.value(child);
      if (this.closes('}', 'after object key:value pair')) return;
    }
  }

  private array(path: string): void {
    this.at++;
    this.space();
    if (this.text[this.at] === ']') {
      this.at++;
      return;
    }
    for (let index = 0; ; index++) {
      this.value(`${path}[${index}]`);
      if (this.closes(']', 'after array element')) return;
    }
  }

  /** Steps over a comma (false) or the closing bracket (true). */
  private closes(bracket: string, where: string): boolean {
    this.space();
    const character = this.text[this.at];
    if (character !== ',' && character !== bracket) this.fail(where);
    this.at++;
    return character === bracket;
  }

  private string(): string {
    const start = this.at++;
    for (;;) {
      const character = this.text[this.at];
      if (character === undefined || character < ' ') this.fail('in string literal');
      this.at++;
      if (character === '"') break;
      if (character === '\\') this.escape();
    }
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }

  private escape(): void {
    const character = this.text[this.at];
    if (character === undefined || !'"\\/bfnrtu'.includes(character)) this.fail('in string escape code');
    this.at++;
    if (character !== 'u') return;
    for (let digit = 0; digit < 4; digit++, this.at++) {
      if (!/[0-9a-fA-F]/.test(this.text[this.at] ?? '')) this.fail('in \\u hexadecimal character escape');
    }
  }

  private number(): void {
    const match = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(this.text.slice(this.at, this.at + 64));
    if (!match) {
      this.at++;
      this.fail('in numeric literal');
    }
    this.at += match[0].length;
  }

  private literal(): void {
    const word = literals.find((literal) => literal[0] === this.text[this.at]);
    if (!word) this.fail('looking for beginning of value');
    for (const expected of word) {
      if (this.text[this.at] !== expected) this.fail(`in literal ${word} (expecting '${expected}')`);
      this.at++;
    }
  }
}

function quoteCharacter(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  return `'${JSON.stringify(character).slice(1, -1)}'`;
}
