import { badRequest } from '@nestor/api';
import { bodyFormat, readBody } from '../http/body';
import type { Exchange } from '../http/exchange';
import { parseBody } from './decode';

/** The body of a request that is not about a stored object (a review, a binding): an object of any fields. */
export async function readValue(exchange: Exchange, kind: string): Promise<Record<string, unknown>> {
  const format = bodyFormat(exchange.request.headers['content-type']);
  const { value } = parseBody(kind, await readBody(exchange.request), format);
  exchange.audit?.receivedObject(value);
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
}

/** A part of such a body that must be an object if it is there. */
export function part(value: Record<string, unknown>, name: string): Record<string, unknown> {
  const found = value[name];
  return typeof found === 'object' && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : {};
}

export function text(value: Record<string, unknown>, name: string): string {
  const found = value[name];
  return typeof found === 'string' ? found : '';
}
