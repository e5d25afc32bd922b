import { isExpired, type ApiObject } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { ResourceRef } from '../contracts';
import type { HttpTransport } from '../http/http-transport';
import { httpWatch } from '../http/http-watch';
import { HttpResourceClient } from '../resources/resource-client';
import { refName } from '../resources/resource-path';
import { Backoff } from './backoff';
import { revisionOf, type ChangeSink, type ChangeSource } from './change-source';
import type { Selection } from './selection';

const log = createLogger('informer');
const pageSize = 2000;

export interface HttpSourceOptions {
  transport: HttpTransport;
  ref: ResourceRef;
  selection: Selection;
  /** Silence after which a watch counts as dead. */
  idleTimeoutMs?: number;
}

/** List once, then watch from where the last watch ended; list anew only when that revision is compacted. */
export class HttpSource<T extends ApiObject> implements ChangeSource<T> {
  constructor(private readonly options: HttpSourceOptions) {}

  run(sink: ChangeSink<T>, signal: AbortSignal): Promise<void> {
    return this.follow(sink, signal, () => false);
  }

  /** Delivers until `reached` holds (looked at after the list and after every delivery) or the signal aborts. */
  async follow(sink: ChangeSink<T>, signal: AbortSignal, reached: () => boolean): Promise<void> {
    const backoff = new Backoff(100, 15_000);
    let expired = false;
    while (!signal.aborted) {
      try {
        if (sink.position === 0 || expired) await this.list(sink);
        expired = false;
        if (reached()) return;
        await this.watch(sink, signal, reached);
        backoff.reset();
      } catch (error) {
        expired = isExpired(error);
        if (!expired && !signal.aborted) {
          // Said once, not at each of the attempts while the server is away.
          const level = backoff.isFresh ? 'warn' : 'debug';
          log[level]({ resource: refName(this.options.ref), error: String(error) }, 'watch broke, resuming');
          await backoff.wait(signal);
        }
      }
      if (reached()) return;
    }
  }

  /** One list, page by page at one snapshot revision. */
  private async list(sink: ChangeSink<T>): Promise<void> {
    const { transport, ref, selection } = this.options;
    const client = new HttpResourceClient<T>(transport, ref);
    const items: T[] = [];
    let page = await client.list({ ...selection, limit: pageSize });
    // Not push(...page): a page may hold more items than a call can have arguments.
    for (const item of page.items) items.push(item);
    while (page.continue) {
      page = await client.list({ ...selection, limit: pageSize, continue: page.continue });
      for (const item of page.items) items.push(item);
    }
    sink.replace(items, Number(page.resourceVersion));
  }

  private async watch(sink: ChangeSink<T>, signal: AbortSignal, reached: () => boolean): Promise<void> {
    const { transport, ref, selection, idleTimeoutMs } = this.options;
    const done = new AbortController();
    const options = {
      ...selection,
      resourceVersion: String(sink.position),
      // Spread, so that watches of many informers do not end at the same moment.
      timeoutSeconds: Math.round(300 + Math.random() * 300),
      idleTimeoutMs,
      signal: AbortSignal.any([signal, done.signal]),
    };
    await httpWatch<T>(transport, ref, options, ({ type, object }) => {
      if (done.signal.aborted) return;
      if (type !== 'BOOKMARK') sink.apply(type, object);
      sink.advance(revisionOf(object));
      if (reached()) done.abort();
    });
  }
}
