import type { IncomingHttpHeaders } from 'node:http';

/** First and last byte. */
export interface ByteRange {
  start: number;
  end: number;
}

/** Whether the caller has what was last changed at this time. */
export function isUnmodified(headers: IncomingHttpHeaders, modified: Date): boolean {
  const since = seconds(headers['if-modified-since']);
  return since !== undefined && wholeSeconds(modified) <= since;
}

/** 304 or 412 where the caller's conditions (RFC 9110, section 13.2.2) forbid to send a file, which has no entity tag. */
export function preconditionStatus(headers: IncomingHttpHeaders, modified: Date): 304 | 412 | undefined {
  if (!matches(headers, modified)) return 412;
  const none = headers['if-none-match'];
  const isKnown = none === undefined ? isUnmodified(headers, modified) : isAny(none);
  return isKnown ? 304 : undefined;
}

function matches(headers: IncomingHttpHeaders, modified: Date): boolean {
  const match = headers['if-match'];
  if (match !== undefined) return isAny(match);
  const since = seconds(headers['if-unmodified-since']);
  return since === undefined || wholeSeconds(modified) <= since;
}

/**
 * The range to send, undefined for all of the file, or why there is none. Several ranges are answered with all of the
 * file, as RFC 9110 allows.
 */
export function requestedRange(
  headers: IncomingHttpHeaders,
  file: { size: number; modified: Date },
): ByteRange | undefined | { refusal: string } {
  const { range } = headers;
  const wanted = headers['if-range']?.toString();
  if (range === undefined) return undefined;
  if (wanted !== undefined && seconds(wanted) !== wholeSeconds(file.modified)) return undefined;
  if (!range.startsWith('bytes=')) return { refusal: 'invalid range' };
  const parts = range
    .slice('bytes='.length)
    .split(',')
    .map((part) => part.trim());
  const ranges = parts.filter((part) => part !== '').map((part) => byteRange(part, file.size));
  if (ranges.includes('invalid')) return { refusal: 'invalid range' };
  const inside = ranges.filter((found) => typeof found === 'object');
  if (inside.length === 0 && ranges.length > 0 && file.size > 0) {
    return { refusal: 'invalid range: failed to overlap' };
  }
  return inside.length === 1 ? inside[0] : undefined;
}

function byteRange(text: string, size: number): ByteRange | 'invalid' | 'outside' {
  const [, first = '', last = ''] = /^(\d*)\s*-\s*(\d*)$/.exec(text) ?? [];
  if (first === '' && last === '') return 'invalid';
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (start >= size) return 'outside';
  return start > end ? 'invalid' : { start, end };
}

function isAny(tags: string): boolean {
  return tags.split(',').some((tag) => tag.trim() === '*');
}

function seconds(date: string | undefined): number | undefined {
  const ms = Date.parse(date ?? '');
  return Number.isNaN(ms) ? undefined : Math.floor(ms / 1000);
}

/** Headers carry no fractions. */
function wholeSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
