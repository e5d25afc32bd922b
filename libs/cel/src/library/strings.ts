import { CelError } from '../values/cel-error';
import { CelList, ValueList } from '../values/list';
import { formatString } from './format-string';
import { declare, Library } from './library';

/** Where texts are counted, they are counted in code points; most have one unit for each. */
const isSimple = (text: string): boolean => !/[\ud800-\udfff]/.test(text);
const points = (text: string): string[] => [...text];

const outOfRange = (index: bigint): CelError => new CelError(`index out of range: ${index}`);

function charAt(text: string, index: bigint): string {
  const all = points(text);
  if (index < 0n || index > all.length) throw outOfRange(index);
  return all[Number(index)] ?? '';
}

function indexOf(text: string, part: string, from = 0n): bigint {
  if (isSimple(text)) {
    if (from < 0n || from > text.length) throw outOfRange(from);
    return BigInt(text.indexOf(part, Number(from)));
  }
  const all = points(text);
  if (from < 0n || from > all.length) throw outOfRange(from);
  const start = all.slice(0, Number(from)).join('').length;
  const at = text.indexOf(part, start);
  return at < 0 ? -1n : BigInt(points(text.slice(0, at)).length);
}

function lastIndexOf(text: string, part: string, from?: bigint): bigint {
  const all = points(text);
  if (from !== undefined && (from < 0n || from > all.length)) throw outOfRange(from);
  const start = from === undefined ? text.length : all.slice(0, Number(from)).join('').length;
  const at = text.lastIndexOf(part, start);
  return at < 0 ? -1n : BigInt(points(text.slice(0, at)).length);
}

function substring(text: string, start: bigint, end?: bigint): string {
  const all = isSimple(text) ? text : points(text);
  const stop = end ?? BigInt(all.length);
  if (start < 0n || start > all.length) throw outOfRange(start);
  if (stop < 0n || stop > all.length) throw outOfRange(stop);
  if (start > stop) throw new CelError(`invalid substring range. start: ${start}, end: ${stop}`);
  const part = all.slice(Number(start), Number(stop));
  return typeof part === 'string' ? part : part.join('');
}

function replace(text: string, from: string, to: string, limit = -1n): string {
  if (limit < 0n) return from === '' ? interleave(text, to) : text.split(from).join(to);
  if (from === '') return interleave(text, to, limit);
  let made = '';
  let at = 0;
  for (let left = limit; left > 0n; left -= 1n) {
    const hit = text.indexOf(from, at);
    if (hit < 0) break;
    made += text.slice(at, hit) + to;
    at = hit + from.length;
  }
  return made + text.slice(at);
}

/** An empty text is found before each character and at the end. */
function interleave(text: string, to: string, limit = BigInt(text.length + 1)): string {
  const all = points(text);
  let made = '';
  for (let at = 0; at <= all.length; at += 1) made += (at < limit ? to : '') + (all[at] ?? '');
  return made;
}

function split(text: string, separator: string, limit = -1n): ValueList {
  if (limit === 0n) return new ValueList([]);
  const parts = separator === '' ? points(text) : text.split(separator);
  if (limit < 0n || parts.length <= limit) return new ValueList(parts);
  const kept = parts.slice(0, Number(limit) - 1);
  return new ValueList([...kept, parts.slice(kept.length).join(separator)]);
}

function join(list: CelList, separator = ''): string {
  const parts: string[] = [];
  for (const one of list) {
    if (typeof one !== 'string') throw new CelError('no such overload');
    parts.push(one);
  }
  return parts.join(separator);
}

const lowerAscii = (text: string): string => text.replace(/[A-Z]+/g, (part) => part.toLowerCase());
const upperAscii = (text: string): string => text.replace(/[a-z]+/g, (part) => part.toUpperCase());

/** Go's white space: what JavaScript trims, without the byte order mark, with the next-line character. */
const trim = (text: string): string =>
  text.replace(/^[\s\u0085]+|[\s\u0085]+$/g, (blank) => blank.replace(/[^\ufeff]/g, ''));

const quoted: Readonly<Record<string, string>> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
  '"': '\\"',
};
const quote = (text: string): string => `"${text.replace(/[\u0007-\r\\"]/g, (one) => quoted[one] ?? one)}"`;

/** cel-go's strings extension at version 2, the one Kubernetes has. */
export const stringsLibrary: Library = {
  functions: [
    declare('string.charAt(int): string', charAt),
    declare('string.format(list(dyn)): string', formatString),
    declare('string.indexOf(string): int', indexOf),
    declare('string.indexOf(string, int): int', indexOf),
    declare('string.lastIndexOf(string): int', lastIndexOf),
    declare('string.lastIndexOf(string, int): int', lastIndexOf),
    declare('list(string).join(): string', join),
    declare('list(string).join(string): string', join),
    declare('string.lowerAscii(): string', lowerAscii),
    declare('string.replace(string, string): string', replace),
    declare('string.replace(string, string, int): string', replace),
    declare('string.split(string): list(string)', split),
    declare('string.split(string, int): list(string)', split),
    declare('string.substring(int): string', substring),
    declare('string.substring(int, int): string', substring),
    declare('string.trim(): string', trim),
    declare('string.upperAscii(): string', upperAscii),
    declare('strings.quote(string): string', quote),
  ],
};
