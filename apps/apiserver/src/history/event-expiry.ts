import { Inject, Injectable, OnApplicationShutdown } from '@nestjs/common';
import { isNotFound, type ApiObject, type DeepReadonly } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import { leadByLock, pause, type WatchEvent } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { STORAGE } from '../apiserver.tokens';
import { ResourceRegistry } from '../registry/resource-registry';
import { privateCopy } from '../storage/canonical-body';
import { remove } from '../storage/commit';
import type { StorageContext } from '../storage/storage-context';
import { ExpiryQueue } from './expiry-queue';

const log = createLogger('events');
/** The form that is stored; events.k8s.io shows the same ones. */
const resource = 'events';
const batch = 500;
const retryMs = 1000;
/** A busy cluster's last minute of events is few beside an hour's. */
const mostPauseMs = 10_000;

/**
 * Deletes events that were not written for as long as they live, as etcd's leases do for upstream. One replica does, by
 * a lock of the store, and it looks at nothing but what is due: it follows the writes and keeps them in their order.
 */
@Injectable()
export class EventExpiry implements OnApplicationShutdown {
  private readonly stopping = new AbortController();
  private readonly lifeMs: number;
  private running: Promise<void> | undefined;

  constructor(
    @Inject(STORAGE) private readonly context: StorageContext,
    @Inject(ResourceRegistry) private readonly registry: ResourceRegistry,
    @Inject(ApiServerConfig) { eventTtl }: ApiServerConfig,
  ) {
    this.lifeMs = eventTtl * 1000;
  }

  start(): void {
    this.running ??= this.run();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private run(): Promise<void> {
    return leadByLock(
      {
        source: this.context.store,
        name: 'event-expiry',
        lead: (term) => this.lead(term),
        onError: (error) => log.warn({ error }, 'cannot expire events; trying again'),
        retryMs,
      },
      this.stopping.signal,
    );
  }

  /** One term. When the cache loses its place the queue is filled anew. */
  private async lead(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const queue = new ExpiryQueue(this.lifeMs);
      const ended = new AbortController();
      const watching = await this.follow(queue, () => ended.abort());
      const term = AbortSignal.any([signal, ended.signal]);
      try {
        while (!term.aborted) {
          while ((await this.expire(queue)) === batch && !term.aborted);
          await pause(Math.min(this.lifeMs / 10, mostPauseMs), term);
        }
      } finally {
        watching.stop();
      }
    }
  }

  private async follow(queue: ExpiryQueue, end: () => void): Promise<{ stop(): void }> {
    const cached = this.context.cache.resource(resource);
    await cached.ready();
    const now = Date.now();
    const { items, revision } = cached.list();
    for (const item of [...items].sort((a, b) => a.revision - b.revision)) {
      queue.written(keyOf(item), item.revision, lastWrite(item.object(), now));
    }
    const write = (event: WatchEvent): boolean => {
      if (event.type === 'BOOKMARK') return true;
      if (event.type === 'DELETED') queue.removed(keyOf(event.object));
      else queue.written(keyOf(event.object), event.revision, Date.now());
      return true;
    };
    return cached.watch({ after: revision }, { write, end });
  }

  /** How many were due. One that was written meanwhile stays: its write put it at the queue's end. */
  private async expire(queue: ExpiryQueue): Promise<number> {
    const due = queue.due(Date.now(), batch);
    const cached = this.context.cache.resource(resource);
    const served = this.registry.byKey(resource)!;
    await Promise.all(
      due.map(async ({ key, revision }) => {
        const [namespace = '', name = ''] = key.split('/', 2);
        const found = cached.get(namespace, name);
        if (found?.revision !== revision) return;
        const removed = await remove(this.context, served, privateCopy(found.bytes), revision).catch(ignoringGone);
        if (removed !== undefined) queue.removed(key);
      }),
    );
    return due.length;
  }
}

function ignoringGone(error: unknown): number {
  if (!isNotFound(error)) throw error;
  return 0;
}

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string => `${namespace}/${name}`;

/** The server's own record of the last write; a client's times may be anything. */
function lastWrite({ metadata }: DeepReadonly<ApiObject>, now: number): number {
  const times = [metadata.creationTimestamp, ...(metadata.managedFields ?? []).map(({ time }) => time)];
  const known = times.flatMap((time) => (time ? [new Date(time).getTime()] : []));
  return known.length > 0 ? Math.min(now, Math.max(...known)) : now;
}
