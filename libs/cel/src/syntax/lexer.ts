import { CelSyntaxError } from './issue';

export type TokenKind = 'ident' | 'int' | 'uint' | 'double' | 'string' | 'bytes' | 'operator' | 'eof';

export interface Token {
  readonly kind: TokenKind;
  /** As it stands in the source. */
  readonly text: string;
  readonly pos: number;
}

const space = /(?:[ \t\r\n\f]+|\/\/[^\n]*)+/y;
const ident = /[A-Za-z_][A-Za-z0-9_]*/y;
const number = /0x[0-9a-fA-F]+u?|(?:\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+(?:[eE][+-]?\d+)?)|\d+u?/iy;
const operator = /&&|\|\||==|!=|<=|>=|[-+*/%!<>()[\]{}.,:?]/y;
const string =
  /(?:[rR][bB]?|[bB][rR]?)?(?:"""[^]*?(?<!\\)(?:\\\\)*"""|'''[^]*?(?<!\\)(?:\\\\)*'''|"(?:[^"\\\r\n]|\\[^\r\n])*"|'(?:[^'\\\r\n]|\\[^\r\n])*')/y;
/** Raw strings: a backslash escapes nothing. */
const rawString = /(?:[rR][bB]?|[bB][rR])(?:"""[^]*?"""|'''[^]*?'''|"[^"\r\n]*"|'[^'\r\n]*')/y;

export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let pos = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = pos;
    return pattern.exec(source)?.[0];
  };
  const push = (kind: TokenKind, text: string): void => {
    tokens.push({ kind, text, pos });
    pos += text.length;
  };
  while (pos < source.length) {
    const blank = take(space);
    if (blank) {
      pos += blank.length;
      continue;
    }
    const text = take(rawString) ?? take(string);
    if (text !== undefined) {
      push(/^[^"']*b/i.test(text) ? 'bytes' : 'string', text);
      continue;
    }
    const digits = take(number);
    if (digits !== undefined && !(digits.startsWith('.') && isAfterOperand(tokens))) {
      push(numberKind(digits), digits);
      continue;
    }
    const name = take(ident);
    if (name !== undefined) {
      push('ident', name);
      continue;
    }
    const sign = take(operator);
    if (sign === undefined) {
      throw new CelSyntaxError(pos, `Syntax error: token recognition error at: '${unreadable(source, pos)}'`);
    }
    push('operator', sign);
  }
  tokens.push({ kind: 'eof', text: '<EOF>', pos: source.length });
  return tokens;
}

function numberKind(text: string): TokenKind {
  if (/u$/i.test(text)) return 'uint';
  return /^0x/i.test(text) || /^\d+$/.test(text) ? 'int' : 'double';
}

/** After a name or a bracket a dot selects, whatever follows it. */
function isAfterOperand(tokens: readonly Token[]): boolean {
  const last = tokens[tokens.length - 1];
  return last !== undefined && (last.kind !== 'operator' || [')', ']', '}'].includes(last.text));
}

/** A quote that is never closed is unreadable to the end of the line. */
function unreadable(source: string, pos: number): string {
  const [first = ''] = source.slice(pos);
  if (first !== '"' && first !== "'") return first;
  const end = source.indexOf('\n', pos);
  return source.slice(pos, end < 0 ? undefined : end);
}
