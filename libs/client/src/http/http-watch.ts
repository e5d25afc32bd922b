import type { ApiObject, Status } from '@nestor/api';
import type { ListOptions, ResourceRef } from '../contracts';
import { queryString, resourcePath } from '../resources/resource-path';
import { errorOfStatus } from './api-failure';
import { CredentialsChanged } from './credentials-changed';
import type { HttpTransport } from './http-transport';

export type WatchEventType = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
export interface WatchEvent<T extends ApiObject = ApiObject> {
  type: WatchEventType;
  object: T;
}

export interface HttpWatchOptions extends Omit<ListOptions, 'limit' | 'continue'> {
  /** How long the server may keep the watch open. */
  timeoutSeconds?: number;
  /** Silence, bookmarks included, after which the connection counts as dead. */
  idleTimeoutMs?: number;
  signal: AbortSignal;
}

const acceptMetadata = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json';

/** Bookmarks of a quiet watch come about once a minute, so two missed ones mean a dead connection. */
const defaultIdleTimeoutMs = 150_000;

/**
 * One HTTP watch from a revision until it ends. Resolves when the server ends it (resume from the last revision), when
 * new credentials want a new connection, or when the signal aborts; throws an ApiError when it cannot open, breaks with
 * an ERROR event (Expired: list again) or falls silent.
 */
export async function httpWatch<T extends ApiObject>(
  transport: HttpTransport,
  ref: ResourceRef,
  options: HttpWatchOptions,
  onEvent: (event: WatchEvent<T>) => void,
): Promise<void> {
  if (options.signal.aborted) return;
  const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, metadataOnly } = options;
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    labelSelector,
    fieldSelector,
    resourceVersion,
    timeoutSeconds,
  };
  const silence = new SilenceTimer(options.idleTimeoutMs ?? defaultIdleTimeoutMs);
  const signal = AbortSignal.any([options.signal, silence.signal]);
  try {
    const response = await transport.open({
      method: 'GET',
      path: resourcePath(ref, { namespace }) + queryString(query),
      accept: metadataOnly ? acceptMetadata : undefined,
      signal,
    });
    const lines = new LineSplitter((line) => onEvent(decodeEvent<T>(line)));
    for await (const chunk of response) {
      silence.touch();
      lines.push(chunk as Buffer);
    }
  } catch (error) {
    if (options.signal.aborted || error instanceof CredentialsChanged) return;
    throw silence.signal.aborted ? silence.signal.reason : error;
  } finally {
    silence.stop();
  }
}

function decodeEvent<T extends ApiObject>(line: string): WatchEvent<T> {
  const event = JSON.parse(line) as { type: string; object: unknown };
  if (event.type === 'ERROR') throw errorOfStatus(event.object as Status);
  return event as WatchEvent<T>;
}

/** Cuts a byte stream into lines without copying chunks that hold whole lines. */
export class LineSplitter {
  private pending: Buffer[] = [];
  constructor(private readonly onLine: (line: string) => void) {}

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      const part = chunk.subarray(start, end);
      const line = this.pending.length ? Buffer.concat([...this.pending, part]) : part;
      this.pending = [];
      start = end + 1;
      if (line.length) this.onLine(line.toString('utf8'));
    }
    if (start < chunk.length) this.pending.push(chunk.subarray(start));
  }
}

/** Aborts after a time without touch. A touch costs a clock read, not a timer. */
class SilenceTimer {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private touchedAt = Date.now();

  constructor(private readonly limitMs: number) {
    this.timer = setInterval(() => this.check(), Math.max(10, limitMs / 4));
    this.timer.unref();
  }
  get signal(): AbortSignal {
    return this.controller.signal;
  }
  touch(): void {
    this.touchedAt = Date.now();
  }
  stop(): void {
    clearInterval(this.timer);
  }
  private check(): void {
    if (Date.now() - this.touchedAt < this.limitMs) return;
    this.stop();
    this.controller.abort(
      errorOfStatus({ code: 504, reason: 'Timeout', message: `the watch was silent for ${this.limitMs} ms` }),
    );
  }
}
