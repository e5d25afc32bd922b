import { setImmediate } from 'node:timers/promises';
import { gzip } from 'node:zlib';
import { ApiError, internalError, Status } from '@nestor/api';
import type { Exchange } from './exchange';
import type { Accepted } from './media-type';
import { yaml } from './yaml';

/** Answers below this go out as they are: compressing them costs more than it saves (upstream's 128 KiB rule). */
const gzipFrom = 128 * 1024;
const json = 'application/json';
const asJson: Accepted = { format: 'json', as: '', version: '', group: '' };

/** Warning headers as RFC 7234 and Kubernetes write them: 299 - "text". */
function warningHeaders(exchange: Exchange): string[] {
  return [...exchange.warnings].map((text) => `299 - "${text.replace(/[\\"]/g, '\\$&').replace(/[\r\n\t]+/g, ' ')}"`);
}

function wantsPretty({ query, request }: Exchange): boolean {
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
  const length = Array.isArray(body) ? body.reduce((sum, part) => sum + part.length, 0) : body.length;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Cache-Control', 'no-cache, private');
  if (exchange.warnings.size > 0) response.setHeader('Warning', warningHeaders(exchange));
  if (length >= gzipFrom && /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    sendGzip(exchange, code, body);
    return;
  }
  response.writeHead(code, { 'Content-Length': length });
  if (request.method === 'HEAD') response.end();
  else if (Array.isArray(body)) void writeParts(exchange, body);
  else response.end(body);
}

/** A long list leaves in pieces of this size, so that nobody else waits for all of it. */
const sliceBytes = 512 * 1024;

/** Many small parts (the items of a list) are joined: one write costs less than thousands of them. */
async function writeParts({ response }: Exchange, parts: Buffer[]): Promise<void> {
  let from = 0;
  let bytes = 0;
  // Said by the event: a response over HTTP/2 does not have `destroyed`.
  let gone = false;
  const whenGone = new Promise<void>((resolve) => {
    response.once('close', () => {
      gone = true;
      resolve();
    });
  });
  for (const [index, part] of parts.entries()) {
    bytes += part.length;
    if (bytes < sliceBytes) continue;
    const slice = Buffer.concat(parts.slice(from, index + 1), bytes);
    from = index + 1;
    bytes = 0;
    const drained = response.write(slice) ? setImmediate() : new Promise((resolve) => response.once('drain', resolve));
    await Promise.race([drained, whenGone]);
    if (gone) return;
  }
  response.end(Buffer.concat(parts.slice(from), bytes));
}

function sendGzip({ response }: Exchange, code: number, body: Buffer | Buffer[]): void {
  gzip(Array.isArray(body) ? Buffer.concat(body) : body, { level: 1 }, (error, compressed) => {
    if (response.destroyed) return;
    if (error) {
      response.destroy(error);
      return;
    }
    response.writeHead(code, {
      'Content-Encoding': 'gzip',
      Vary: 'Accept-Encoding',
      'Content-Length': compressed.length,
    });
    response.end(compressed);
  });
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
  if (code === 401) exchange.response.setHeader('WWW-Authenticate', 'Bearer realm="kubernetes"');
  sendObject(exchange, code, status);
}

/** What kube-apiserver answers where no group and version is served at all: Go's own page, no Status. */
export function sendPageNotFound(exchange: Exchange): void {
  sendRaw(exchange, 404, 'text/plain; charset=utf-8', Buffer.from('404 page not found\n'));
}
