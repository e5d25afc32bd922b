import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { serviceUnavailable } from '@nestor/api';
import { causeText } from './api-failure';
import type { Connections } from './connections';
import type { Deadlines, Limited } from './deadlines';
import { FencedError } from './fenced-error';
import type { HttpAnswer, HttpRequest } from './http-transport';
import type { KeptConnection } from './kept-connection';

/** What the exchanges of a transport share. */
export interface ExchangeContext {
  connections: Connections;
  deadlines: Deadlines;
  /** The server, for errors. */
  host: string;
}

/** One request and its whole answer. undici tells it how it goes, its deadline and its caller's signal when it is over. */
export class Exchange implements Dispatcher.DispatchHandler, Limited {
  /** What carries it; none yet while all are busy. */
  connection: KeptConnection | undefined;
  private code = 0;
  private headers: IncomingHttpHeaders = {};
  private readonly chunks: Buffer[] = [];
  private settled = false;

  constructor(
    private readonly context: ExchangeContext,
    private readonly request: HttpRequest,
    readonly options: Dispatcher.DispatchOptions,
    readonly endsAt: number,
    private readonly resolve: (answer: HttpAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  start(): void {
    const { signal } = this.request;
    if (signal?.aborted) return this.handleEvent();
    signal?.addEventListener('abort', this);
    this.context.deadlines.add(this);
    this.context.connections.send(this);
  }

  /** In the moment before it is written. What is thrown here is told to `onResponseError`, nothing is written, and the connection stays. */
  onRequestStart(): void {
    if (this.request.permitted?.() === false) throw new FencedError(this.request);
  }

  onResponseStart(_controller: unknown, code: number, headers: IncomingHttpHeaders): void {
    this.code = code;
    this.headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    const { chunks, code, headers } = this;
    this.settle();
    this.connection!.reused = true;
    this.context.connections.release(this.connection!);
    this.resolve({ code, headers, body: chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks) });
  }

  onResponseError(_controller: unknown, cause: Error): void {
    if (this.settled) return;
    if (cause instanceof FencedError) {
      this.fail(cause);
      this.context.connections.release(this.connection!);
    } else if (this.lostWithIdleConnection()) this.context.connections.sendAgain(this);
    else this.giveUp(cause);
  }

  /** The caller's signal. */
  handleEvent(): void {
    const { reason: cause } = this.request.signal!;
    this.giveUp(
      Object.assign(new Error('The operation was aborted', { cause }), { name: 'AbortError', code: 'ABORT_ERR' }),
    );
  }

  expire(): void {
    this.giveUp(new Error('no answer in time'));
  }

  giveUp(cause: Error): void {
    this.fail(cause);
    this.context.connections.drop(this);
  }

  /** A kept-alive connection that the server closed just now: a read may safely go out once more, on a new one. */
  private lostWithIdleConnection(): boolean {
    return this.request.method === 'GET' && !!this.connection?.reused && this.code === 0;
  }

  private fail(cause: Error): void {
    this.settle();
    if (cause instanceof FencedError || this.request.signal?.aborted) return this.reject(cause);
    const { host } = this.context;
    const what = this.code < 200 ? `${this.request.method} ${host}` : `the answer of ${host} broke off`;
    this.reject(serviceUnavailable(`${what}: ${causeText(cause)}`, 1, cause));
  }

  private settle(): void {
    this.settled = true;
    this.context.deadlines.delete(this);
    this.request.signal?.removeEventListener('abort', this);
  }
}
