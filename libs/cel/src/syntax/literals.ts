import { Uint } from '../values/uint';
import type { Value } from '../values/value';
import { CelSyntaxError } from './issue';
import type { Token } from './lexer';

const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;

export function integerLiteral({ text, pos }: Token, negative: boolean): bigint {
  const value = negative ? -BigInt(text) : BigInt(text);
  if (value > MAX_INT || value < -MAX_INT - 1n) throw new CelSyntaxError(pos, 'invalid int literal');
  return value;
}

export function uintLiteral({ text, pos }: Token): Value {
  const value = BigInt(text.slice(0, -1));
  if (value > MAX_UINT) throw new CelSyntaxError(pos, 'invalid uint literal');
  return new Uint(value);
}

export function doubleLiteral({ text, pos }: Token, negative: boolean): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new CelSyntaxError(pos, 'invalid double literal');
  return negative ? -value : value;
}

const simpleEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
  '`': '`',
  '?': '?',
};

interface Quoted {
  readonly body: string;
  readonly raw: boolean;
}

function quoted(text: string): Quoted {
  const start = text.search(/["']/);
  const quote = text[start] ?? '"';
  const width = text.startsWith(quote.repeat(3), start) && text.length >= start + 6 ? 3 : 1;
  const body = text.slice(start + width, text.length - width).replace(/\r\n?/g, '\n');
  return { body, raw: /r/i.test(text.slice(0, start)) };
}

const escape = /\\(?:x([0-9a-fA-F]{2})|X([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([^]))/g;

function refuse(pos: number, kind: string): never {
  throw new CelSyntaxError(pos, `Syntax error: invalid ${kind} literal: unable to unescape string`);
}

export function stringLiteral({ text, pos }: Token): string {
  const { body, raw } = quoted(text);
  if (raw) return body;
  return body.replace(escape, (_, x, X, u, U, octal: string | undefined, simple: string | undefined) => {
    const code: string | undefined = x ?? X ?? u ?? U;
    if (code !== undefined) return codePoint(Number.parseInt(code, 16), pos);
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    return simpleEscapes[simple ?? ''] ?? refuse(pos, 'string');
  });
}

function codePoint(code: number, pos: number): string {
  if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) refuse(pos, 'string');
  return String.fromCodePoint(code);
}

/** In bytes \x and octal escapes are bytes, and \u is not known. */
export function bytesLiteral({ text, pos }: Token): Uint8Array {
  const { body, raw } = quoted(text);
  if (raw) return Buffer.from(body);
  const parts: Buffer[] = [];
  let last = 0;
  for (const found of body.matchAll(escape)) {
    parts.push(Buffer.from(body.slice(last, found.index)));
    last = found.index + found[0].length;
    const [, x, X, u, U, octal, simple] = found;
    if (u !== undefined || U !== undefined) refuse(pos, 'bytes');
    const hex = x ?? X;
    if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]));
    else if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8)]));
    else parts.push(Buffer.from(simpleEscapes[simple ?? ''] ?? refuse(pos, 'bytes')));
  }
  parts.push(Buffer.from(body.slice(last)));
  return Buffer.concat(parts);
}
