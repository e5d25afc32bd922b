import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout } from 'node:timers/promises';
import { ApiError, isAlreadyExists, isNotFound, type ApiObject, type CoreEvent, type DeepReadonly } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { createLogger } from '@nestor/telemetry';
import type { ResourceClient } from '../contracts';
import { type Correlated, EventCorrelator } from './event-correlator';

const log = createLogger('events');

export type EventType = 'Normal' | 'Warning';

export interface EventRecorderOptions {
  events: ResourceClient<CoreEvent>;
  /** "deployment-controller", "kubelet", ... */
  component: string;
  host?: string;
}

/** What an event is about. An object read from an informer fits; fieldPath narrows it to a container. */
export type EventSubject = Pick<DeepReadonly<ApiObject>, 'apiVersion' | 'kind' | 'metadata'>;

/** How many writes may wait: events are a courtesy and must never hold memory or back the work. */
const maxPending = 1000;

/** How often an event is sent while no API server answers, or the one that does is too busy (client-go: maxTriesPerEvent). */
const maxTries = 12;
const longestPauseMs = 10_000;

/** No server was reached, or it had no time: what one of them says of the event itself is final. */
const isTransient = (error: unknown): boolean => error instanceof ApiError && [429, 503, 504].includes(error.code);

/** Writes core/v1 Events in the background, in order. Losing one is allowed, blocking the caller is not. */
export class EventRecorder {
  private readonly correlator: EventCorrelator;
  /** Each with the context it was recorded in, so that its write is traced as part of that work and not of another's. */
  private readonly pending: { event: CoreEvent; within: <T>(fn: () => T) => T }[] = [];
  private writing: Promise<void> | undefined;
  private readonly children: EventRecorder[] = [];
  private lastNanos = 0n;
  /** Ends the pauses between tries. */
  private readonly ending = new AbortController();

  constructor(
    private readonly options: EventRecorderOptions,
    correlator?: EventCorrelator,
  ) {
    this.correlator = correlator ?? new EventCorrelator();
  }

  /** A recorder that signs with another component's name. */
  as(component: string): EventRecorder {
    const child = new EventRecorder({ ...this.options, component });
    this.children.push(child);
    return child;
  }

  event(about: EventSubject, type: EventType, reason: string, message: string, fieldPath?: string): void {
    if (this.pending.length >= maxPending) return;
    const event = this.build(about, { type, reason, message: message.slice(0, 1024), fieldPath });
    this.pending.push({ event, within: AsyncLocalStorage.snapshot() });
    this.writing ??= this.drain();
  }

  /** At the end of a process: resolves when everything recorded has been written, or given up at its next failure. */
  async flush(): Promise<void> {
    this.ending.abort();
    await Promise.all([this.writing, ...this.children.map((child) => child.flush())]);
  }

  private build(
    about: EventSubject,
    what: { type: EventType; reason: string; message: string; fieldPath?: string },
  ): CoreEvent {
    const { component, host } = this.options;
    const { name = '', namespace, uid, resourceVersion } = about.metadata;
    const now = rfc3339();
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.${this.uniqueSuffix()}`, namespace: namespace || 'default' },
      involvedObject: {
        kind: about.kind,
        namespace,
        name,
        uid,
        apiVersion: about.apiVersion,
        resourceVersion,
        fieldPath: what.fieldPath,
      },
      reason: what.reason,
      message: what.message,
      source: { component, host },
      firstTimestamp: now,
      lastTimestamp: now,
      count: 1,
      type: what.type,
      reportingComponent: component,
      reportingInstance: host ?? '',
    };
  }

  /** The time in nanoseconds as hex, as client-go names events; never twice the same. */
  private uniqueSuffix(): string {
    const now = BigInt(Date.now()) * 1_000_000n + (process.hrtime.bigint() % 1_000_000n);
    this.lastNanos = now > this.lastNanos ? now : this.lastNanos + 1n;
    return this.lastNanos.toString(16);
  }

  private async drain(): Promise<void> {
    // Yields first, so that a burst recorded in one go is seen whole.
    await Promise.resolve();
    for (let next = this.pending.shift(); next; next = this.pending.shift()) {
      const { event, within } = next;
      await within(() => this.write(event));
    }
    // In the same turn as the last look: what is recorded any later starts anew.
    this.writing = undefined;
  }

  private async write(event: CoreEvent): Promise<void> {
    const correlated = this.correlator.correlate(event);
    if (!correlated) return;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.send(correlated);
      } catch (error) {
        // A try before this one came through, though its answer did not.
        if (tries > 1 && isAlreadyExists(error)) return;
        const isFinal = !isTransient(error) || tries === maxTries || this.ending.signal.aborted;
        const about = { reason: event.reason, object: event.involvedObject.name, error: String(error) };
        log.warn(about, isFinal ? 'event not written' : 'event not written yet');
        if (isFinal) return;
        await this.pause(Math.min(longestPauseMs, 2 ** (tries - 1) * 500));
      }
    }
  }

  private async send({ event, existing }: Correlated): Promise<void> {
    if (existing && (await this.raise(existing, event))) return;
    await this.options.events.create(event);
  }

  private pause(forMs: number): Promise<void> {
    return setTimeout(forMs, undefined, { signal: this.ending.signal, ref: false }).catch(() => undefined);
  }

  private async raise(name: string, event: CoreEvent): Promise<boolean> {
    const { count, lastTimestamp, message } = event;
    try {
      await this.options.events.patch(name, event.metadata.namespace, 'merge', { count, lastTimestamp, message });
      return true;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.correlator.forget(name);
      return false;
    }
  }
}
