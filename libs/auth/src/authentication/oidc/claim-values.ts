import { CelList, type Value } from '@nestor/cel';
import type { Claims } from './id-token';

export const hasClaim = (claims: Claims, name: string): boolean => Object.hasOwn(claims, name);

/** A claim that must be there and be a text. Errors are worded as Go's JSON package words them. */
export function textClaim(claims: Claims, name: string): string {
  if (!hasClaim(claims, name)) throw new Error('claim not present');
  const value = claims[name];
  if (typeof value === 'string') return value;
  throw new Error(unfit(value, 'string'));
}

/** A claim that is there and must be true or false. */
export function truthClaim(claims: Claims, name: string): boolean {
  const value = claims[name];
  if (typeof value === 'boolean') return value;
  throw new Error(unfit(value, 'bool'));
}

/** One text may stand for a list of one. */
export function textsClaim(claims: Claims, name: string): string[] {
  const value = claims[name];
  if (value === null) return [];
  if (typeof value === 'string') return [value];
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  throw new Error(unfit(value, 'string'));
}

function unfit(value: unknown, wanted: string): string {
  const kind = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
  return `json: cannot unmarshal ${value === null ? 'null' : kind} into Go value of type ${wanted}`;
}

/** A text or a list of them, as an expression gave it; what is empty is not there. */
export function textsOf(value: Value): string[] {
  const values = value === null ? [] : value instanceof CelList ? [...value] : [value];
  return values.map(textIn).filter((text) => text !== '');
}

function textIn(value: Value): string {
  if (typeof value === 'string') return value;
  throw new Error('expression must return a string or a list of strings');
}
