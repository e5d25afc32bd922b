import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { serviceUnavailable } from '@nestor/api';
import { currentTraceparent } from '@nestor/telemetry';
import type { Connection } from '@nestor/connection';
import { Agents } from './agents';
import { causeText, errorOfAnswer } from './api-failure';
import { CredentialsChanged } from './credentials-changed';
import { Deadlines } from './deadlines';
import { Exchange, type ExchangeContext } from './exchange';
import { FencedError } from './fenced-error';
import { Gate } from './gate';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path with query, from the server's root. */
  path: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  headers?: Record<string, string>;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** Asked in the moment of sending, after any wait for a connection; false refuses. */
  permitted?: () => boolean;
}

/** A request whose answer is read as it comes. */
export type StreamRequest = Pick<HttpRequest, 'method' | 'path' | 'accept' | 'headers' | 'signal'>;

export interface HttpAnswer {
  code: number;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface TransportOptions {
  connection: Connection;
  userAgent: string;
  /** Requests in flight at once; the API server's group commit likes many. */
  maxSockets?: number;
  timeoutMs?: number;
  /** How often the files of the credentials are looked at. */
  credentialsLookMs?: number;
}

/** Enough to fill the group commit; more connections would only wait in another place. */
const defaultMaxSockets = 64;
/** As client-go's request.go: this many attempts in all while the server says when to come back. */
const maxAttempts = 10;

/** HTTP/1.1 over kept-alive TLS connections. Watches have an agent of their own, so they never use up the request pool. */
export class HttpTransport {
  private readonly target: URL;
  private readonly agents: Agents;
  private readonly gate: Gate;
  private readonly context: ExchangeContext;
  private readonly streams = new Set<IncomingMessage>();

  constructor(private readonly options: TransportOptions) {
    const { connection, maxSockets = defaultMaxSockets, credentialsLookMs: lookMs } = options;
    this.gate = new Gate(options.maxSockets ?? 128);
    this.target = new URL(connection.server);
    this.agents = new Agents({ connection, maxSockets, lookMs, changed: () => this.endStreams() });
    const { requests: connections } = this.agents;
    this.context = { connections, deadlines: new Deadlines(), host: this.target.host };
  }

  /** Sends a request and reads the whole answer; waits and tries again where the server asks for it with Retry-After. */
  async request(request: HttpRequest): Promise<HttpAnswer> {
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    for (let attempt = 1; ; attempt++) {
      await this.gate.enter();
      let answer: HttpAnswer;
      try {
        answer = await this.attempt(request, payload);
      } finally {
        this.gate.leave();
      }
      if (answer.code < 400) return answer;
      const waitMs = attempt < maxAttempts ? retryAfterMs(answer) : undefined;
      if (waitMs === undefined) throw errorOfAnswer(answer.code, answer.body);
      await delay(waitMs, undefined, { signal: request.signal });
    }
  }

  /** Opens a streaming answer. The caller owns it and ends it by aborting the signal. */
  async open(request: StreamRequest): Promise<IncomingMessage> {
    const response = await this.answerTo(request);
    if ((response.statusCode ?? 500) < 400) return this.followed(response);
    throw errorOfAnswer(response.statusCode ?? 500, await readAll(response));
  }

  close(): void {
    this.agents.close();
  }

  private followed(response: IncomingMessage): IncomingMessage {
    this.streams.add(response);
    response.once('close', () => this.streams.delete(response));
    return response;
  }

  /** A stream proves its caller only when it is opened; as with client-go none outlives the credentials it was opened with. */
  private endStreams(): void {
    for (const stream of this.streams) stream.destroy(new CredentialsChanged());
  }

  private attempt(request: HttpRequest, body: Buffer | undefined): Promise<HttpAnswer> {
    if (request.permitted?.() === false) return Promise.reject(new FencedError(request));
    const { method, path, timeoutMs = this.options.timeoutMs ?? 30_000 } = request;
    const options = { method, path, headers: this.headers(request), body };
    const endsAt = performance.now() + timeoutMs;
    return new Promise((resolve, reject) =>
      new Exchange(this.context, request, options, endsAt, resolve, reject).start(),
    );
  }

  private answerTo(request: StreamRequest): Promise<IncomingMessage> {
    const { method, path, signal } = request;
    const secure = this.target.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const outgoing = (secure ? httpsRequest : httpRequest)({
        agent: this.agents.streams,
        host: this.target.hostname.replace(/^\[|\]$/g, ''),
        port: this.target.port || (secure ? 443 : 80),
        method,
        path,
        headers: this.headers(request),
        signal,
      });
      outgoing.once('response', resolve);
      outgoing.once('error', (cause) => {
        if (signal?.aborted) reject(cause);
        else reject(serviceUnavailable(`${method} ${this.target.host}: ${causeText(cause)}`, 1, cause));
      });
      outgoing.end();
    });
  }

  private headers(request: HttpRequest | StreamRequest): Record<string, string> {
    const headers: Record<string, string> = {
      accept: request.accept ?? 'application/json',
      'user-agent': this.options.userAgent,
      ...request.headers,
    };
    const token = this.options.connection.token?.();
    if (token) headers['authorization'] = `Bearer ${token}`;
    const traceparent = currentTraceparent();
    if (traceparent) headers['traceparent'] = traceparent;
    if ('body' in request && request.body !== undefined)
      headers['content-type'] = request.contentType ?? 'application/json';
    return headers;
  }
}

function retryAfterMs(answer: HttpAnswer): number | undefined {
  const header = answer.headers['retry-after'];
  if ((answer.code !== 429 && answer.code < 500) || !header) return undefined;
  const seconds = Number(header);
  return Number.isFinite(seconds) ? Math.max(0, seconds) * 1000 : undefined;
}

/** Plain listeners: an async iterator costs several promises for each chunk. */
function readAll(response: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.once('error', reject);
    response.once('end', () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
    response.once('close', () => response.complete || reject(new Error('the connection closed')));
  });
}
