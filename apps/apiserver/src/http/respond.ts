import { createGzip } from 'node:zlib';
import { ApiError, internalError, Status } from '@nestor/api';
import { escapeHtml } from '@nestor/auth';
import { sliceBytes, writeSlices } from './write-slices';
import type { Exchange } from './exchange';
import type { Accepted } from './media-type';
import { yaml } from './yaml';

/** Answers up to this go out as they are: compressing them costs more than it saves (upstream's rule). */
const gzipAbove = 128 * 1024;
const json = 'application/json';
export const asJson: Accepted = { format: 'json', as: '', version: '', group: '' };

/** Warning headers as RFC 7234 and Kubernetes write them: 299 - "text". */
function warningHeaders(exchange: Exchange): string[] {
  return [...exchange.warnings].map((text) => `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n\t]+/g, ' ')}"`);
}

export function wantsPretty({ query, request }: Exchange): boolean {
  const pretty = query.get('pretty');
  if (pretty !== null) return pretty !== 'false' && pretty !== '0';
  return /^(curl|Wget|Mozilla\/5\.0)/.test(request.headers['user-agent'] ?? '');
}

/** Sends bytes that are JSON already; parses them only for a client that asked for YAML or indentation. */
export function sendBytes(exchange: Exchange, code: number, body: Buffer | Buffer[], accepted = asJson): void {
  if (accepted.format === 'yaml' || wantsPretty(exchange)) {
    const value: unknown = JSON.parse((Array.isArray(body) ? Buffer.concat(body) : body).toString('utf8'));
    sendText(exchange, code, value, accepted.format);
    return;
  }
  sendRaw(exchange, code, json, body);
}

export function sendObject(exchange: Exchange, code: number, value: unknown, accepted = asJson): void {
  exchange.audit?.noteStatus(value);
  if (accepted.format === 'yaml' || wantsPretty(exchange)) sendText(exchange, code, value, accepted.format);
  else sendRaw(exchange, code, json, Buffer.from(JSON.stringify(value)));
}

function sendText(exchange: Exchange, code: number, value: unknown, format: Accepted['format']): void {
  if (format === 'yaml') {
    sendRaw(exchange, code, 'application/yaml', Buffer.from(yaml().stringify(value, { aliasDuplicateObjects: false })));
  } else sendRaw(exchange, code, json, Buffer.from(JSON.stringify(value, null, 2) + '\n'));
}

export function sendRaw(
  exchange: Exchange,
  code: number,
  contentType: string,
  body: Buffer | Buffer[],
  headers: Readonly<Record<string, string>> = {},
): void {
  const { request, response } = exchange;
  if (response.headersSent || response.destroyed) return;
  if (exchange.audit?.wantsResponse) exchange.audit.answered(readBack(contentType, body));
  const length = Array.isArray(body) ? body.reduce((sum, part) => sum + part.length, 0) : body.length;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Cache-Control', 'no-cache, private');
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (exchange.warnings.size > 0) response.setHeader('Warning', warningHeaders(exchange));
  if (length > gzipAbove && request.method !== 'HEAD' && takesGzip(exchange)) {
    sendGzip(exchange, code, body);
    return;
  }
  response.writeHead(code, { 'Content-Length': length });
  if (request.method === 'HEAD') response.end();
  else if (length > sliceBytes) void writeSlices(response, body, response);
  else response.end(Array.isArray(body) ? Buffer.concat(body, length) : body);
}

/** Compressed on the thread pool, slice by slice, and sent as it comes: the length is not known before. */
function sendGzip({ response }: Exchange, code: number, body: Buffer | Buffer[]): void {
  response.writeHead(code, { 'Content-Encoding': 'gzip', Vary: 'Accept-Encoding' });
  const zip = createGzip({ level: 1, chunkSize: 64 * 1024 });
  zip.on('error', (error) => response.destroy(error));
  response.once('close', () => zip.destroy());
  zip.pipe(response);
  void writeSlices(response, body, zip);
}

/** `gzip` among the codings the client takes, and not refused. */
function takesGzip({ request }: Exchange): boolean {
  const codings = String(request.headers['accept-encoding'] ?? '');
  return codings.split(',').some((coding) => /^\s*gzip\s*(;(?!\s*q=0(\.0*)?\s*$)|$)/i.test(coding));
}

/** Any thrown value as the Status its client gets. */
export function statusOf(error: unknown): Status {
  if (error instanceof ApiError) return error.status;
  const shaped = (error as { status?: Status } | undefined)?.status;
  if (shaped?.kind === 'Status') return shaped;
  return internalError(error instanceof Error ? error.message : String(error)).status;
}

export function sendStatus(exchange: Exchange, status: Status): void {
  const code = status.code ?? 500;
  const retry = status.details?.retryAfterSeconds;
  if (retry) exchange.response.setHeader('Retry-After', String(retry));
  sendObject(exchange, code, status);
}

/** What kube-apiserver answers where no group and version is served at all: Go's own page, no Status. */
export function sendPageNotFound(exchange: Exchange): void {
  sendRaw(exchange, 404, 'text/plain; charset=utf-8', Buffer.from('404 page not found\n'));
}

/** What kube-apiserver answers where it fails before it knows the form of its answers (responsewriters.InternalError). */
export function sendFailureText(exchange: Exchange, text: string): void {
  const headers = { 'X-Content-Type-Options': 'nosniff' };
  sendRaw(exchange, 500, 'text/plain; charset=utf-8', Buffer.from(`${escapeHtml(text)}\n`), headers);
}

/** The object in an answer, for the audit event that is to hold it; nothing where the answer is text. */
function readBack(contentType: string, body: Buffer | Buffer[]): unknown {
  const text = (Array.isArray(body) ? Buffer.concat(body) : body).toString('utf8');
  if (contentType === json) return JSON.parse(text);
  return contentType === 'application/yaml' ? yaml().parse(text) : undefined;
}
