import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuditRecord } from '@nestor/audit';
import { anonymous, UserInfo } from '@nestor/auth';
import { parseRequestInfo, RequestInfo } from './request-info';

/** One request and its answer, with what the steps before a handler found out. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly info: RequestInfo;
  user: UserInfo;
  /** Names the request in audit events, here and on servers it is passed on to. */
  readonly auditID: string;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  /** Where the audit policy wants the request written down. */
  audit?: AuditRecord;
  /** Texts for Warning headers, in order; sent once each. */
  readonly warnings: Set<string>;
  /** The raw connection of a request to switch protocols. */
  readonly upgrade?: { socket: Duplex; head: Buffer };
}

const noQuery = new URLSearchParams();

export function openExchange(request: IncomingMessage, response: ServerResponse): Exchange {
  const url = request.url ?? '/';
  const at = url.indexOf('?');
  const path = at < 0 ? url : url.slice(0, at);
  const query = at < 0 ? noQuery : new URLSearchParams(url.slice(at + 1));
  return {
    request,
    response,
    query,
    info: parseRequestInfo(request.method ?? 'GET', path, query),
    user: anonymous,
    auditID: auditIdOf(request),
    receivedAt: Date.now(),
    warnings: new Set(),
  };
}

const maxAuditID = 64;

/** The caller's own, as a front end gives it, or a new one. */
function auditIdOf({ headers }: IncomingMessage): string {
  const given = headers['audit-id'];
  return typeof given === 'string' && given !== '' ? given.slice(0, maxAuditID) : randomUUID();
}
