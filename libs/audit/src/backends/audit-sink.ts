import { metrics } from '@nestor/telemetry';
import type { AuditEvent } from '../audit-event';

/** Carries events away. */
export interface AuditSink {
  /** False: they are not kept, and a request that has only arrived is to be refused. */
  process(events: readonly AuditEvent[]): boolean | Promise<boolean>;
  /** What is under way is delivered first. */
  close(): Promise<void>;
}

const failures = metrics.counter(
  'apiserver_audit_error_total',
  'Counter of audit events that failed to be audited properly. Plugin identifies the plugin affected by the error.',
  ['plugin'],
);

/** Events that a backend lost, by the backend's name upstream: log, webhook, buffered, truncate. */
export function countLost(plugin: string, events: number): void {
  failures.inc({ plugin }, events);
}

/** Whether all were taken; at once where none of them is a promise. */
export function allTaken(taken: readonly (boolean | Promise<boolean>)[]): boolean | Promise<boolean> {
  if (taken.every((one) => typeof one === 'boolean')) return taken.every(Boolean);
  return Promise.all(taken.map((one) => Promise.resolve(one))).then((all) => all.every(Boolean));
}

/** Several backends, each of which gets every event. */
export class UnionSink implements AuditSink {
  constructor(private readonly sinks: readonly AuditSink[]) {}

  process(events: readonly AuditEvent[]): boolean | Promise<boolean> {
    return allTaken(this.sinks.map((sink) => sink.process(events)));
  }

  async close(): Promise<void> {
    await Promise.all(this.sinks.map((sink) => sink.close()));
  }
}

/** A backend whose failures are counted and else ignored: all but the strict mode. */
export class LenientSink implements AuditSink {
  constructor(private readonly inner: AuditSink) {}

  process(events: readonly AuditEvent[]): boolean | Promise<boolean> {
    const taken = this.inner.process(events);
    return typeof taken === 'boolean' ? true : taken.then(() => true);
  }

  close(): Promise<void> {
    return this.inner.close();
  }
}
