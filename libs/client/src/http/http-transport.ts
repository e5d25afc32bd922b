import {
  type Agent as HttpAgent,
  type ClientRequest,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiError, serviceUnavailable } from '@nestor/api';
import { currentTraceparent } from '@nestor/telemetry';
import type { Connection } from '@nestor/connection';
import { Agents } from './agents';
import { errorOfAnswer } from './api-failure';
import { CredentialsChanged } from './credentials-changed';
import { Deadlines, type Deadline } from './deadlines';
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
  private readonly deadlines = new Deadlines();
  private readonly streams = new Set<IncomingMessage>();

  constructor(private readonly options: TransportOptions) {
    const { connection, maxSockets = defaultMaxSockets, credentialsLookMs: lookMs } = options;
    this.gate = new Gate(options.maxSockets ?? 128);
    this.target = new URL(connection.server);
    this.agents = new Agents({ connection, maxSockets, lookMs, changed: () => this.endStreams() });
  }

  private get secure(): boolean {
    return this.target.protocol === 'https:';
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
  async open(request: HttpRequest): Promise<IncomingMessage> {
    const response = await this.send(request, undefined, this.agents.streams);
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

  private async attempt(request: HttpRequest, payload: Buffer | undefined): Promise<HttpAnswer> {
    const deadline = this.deadlines.start(request.timeoutMs ?? this.options.timeoutMs ?? 30_000);
    try {
      const response = await this.send(request, payload, this.agents.requests, deadline);
      return { code: response.statusCode ?? 500, headers: response.headers, body: await readAll(response) };
    } catch (cause) {
      if (cause instanceof ApiError || cause instanceof FencedError || request.signal?.aborted) throw cause;
      const why = deadline.passed ? 'no answer in time' : (cause as Error).message;
      throw serviceUnavailable(`the answer of ${this.target.host} broke off: ${why}`, 1, cause);
    } finally {
      this.deadlines.end(deadline);
    }
  }

  private send(
    request: HttpRequest,
    payload: Buffer | undefined,
    agent: HttpAgent,
    deadline?: Deadline,
  ): Promise<IncomingMessage> {
    if (request.permitted?.() === false) return Promise.reject(new FencedError(request));
    const dial = (retryable: boolean): Promise<IncomingMessage> =>
      new Promise((resolve, reject) => {
        const options = {
          agent,
          host: this.target.hostname.replace(/^\[|\]$/g, ''),
          port: this.target.port || (this.secure ? 443 : 80),
          method: request.method,
          path: request.path,
          headers: this.headers(request, payload),
          signal: request.signal,
        };
        const outgoing = this.secure ? httpsRequest(options) : httpRequest(options);
        deadline?.watch(outgoing);
        outgoing.once('response', resolve);
        outgoing.once('error', (cause) => {
          // A kept-alive connection that the server closed just now: a read may safely go out once more.
          const isOver = request.signal?.aborted || deadline?.passed;
          if (retryable && outgoing.reusedSocket && request.method === 'GET' && !isOver) resolve(dial(false));
          else if (request.signal?.aborted || cause instanceof FencedError) reject(cause);
          else
            reject(serviceUnavailable(`${request.method} ${this.target.host}: ${describe(cause, deadline)}`, 1, cause));
        });
        const { permitted } = request;
        if (!permitted) outgoing.end(payload);
        // A new connection takes time to be made, in which a lease may end.
        else
          whenConnected(outgoing, () =>
            permitted() ? outgoing.end(payload) : outgoing.destroy(new FencedError(request)),
          );
      });
    return dial(true);
  }

  private headers(request: Partial<HttpRequest>, payload?: Buffer): Record<string, string> {
    const headers: Record<string, string> = {
      accept: request.accept ?? 'application/json',
      'user-agent': this.options.userAgent,
      ...request.headers,
    };
    const token = this.options.connection.token?.();
    if (token) headers['authorization'] = `Bearer ${token}`;
    const traceparent = currentTraceparent();
    if (traceparent) headers['traceparent'] = traceparent;
    if (payload) {
      headers['content-type'] = request.contentType ?? 'application/json';
      headers['content-length'] = String(payload.length);
    }
    return headers;
  }
}

function whenConnected(outgoing: ClientRequest, ready: () => void): void {
  outgoing.once('socket', (socket) => {
    // Node's own mark of a handshake under way; its types leave it out.
    const { secureConnecting = false } = socket as { secureConnecting?: boolean };
    if (secureConnecting) socket.once('secureConnect', ready);
    else if (socket.connecting) socket.once('connect', ready);
    else ready();
  });
}

function describe(cause: Error, deadline: Deadline | undefined): string {
  if (deadline?.passed) return 'no answer in time';
  // A refused dual-stack dial is an AggregateError with an empty message.
  return cause.message || (cause as NodeJS.ErrnoException).code || cause.name;
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
