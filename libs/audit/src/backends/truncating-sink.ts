import type { AuditEvent } from '../audit-event';
import { allTaken, countLost, type AuditSink } from './audit-sink';

export interface TruncateSettings {
  /** Bytes of events that go out together. */
  maxBatchSize: number;
  /** Bytes of one event. */
  maxEventSize: number;
}

const annotation = 'audit.k8s.io/truncated';

/** Leaves the bodies out of events that are too large, and splits batches that are; drops what is too large even so. */
export class TruncatingSink implements AuditSink {
  constructor(
    private readonly inner: AuditSink,
    private readonly settings: TruncateSettings,
  ) {}

  process(events: readonly AuditEvent[]): boolean | Promise<boolean> {
    const batches: AuditEvent[][] = [];
    let size = Infinity;
    for (const event of events) {
      const fitting = this.fit(event);
      if (!fitting) {
        countLost('truncate', 1);
        continue;
      }
      size += fitting.size;
      if (size > this.settings.maxBatchSize) {
        batches.push([]);
        size = fitting.size;
      }
      batches.at(-1)?.push(fitting.event);
    }
    return allTaken(batches.map((batch) => this.inner.process(batch)));
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private fit(event: AuditEvent): { event: AuditEvent; size: number } | undefined {
    const size = sizeOf(event);
    if (size <= this.settings.maxEventSize) return { event, size };
    const { requestObject: _request, responseObject: _response, ...rest } = event;
    const short: AuditEvent = { ...rest, annotations: { ...event.annotations, [annotation]: 'true' } };
    const shortSize = sizeOf(short);
    return shortSize <= this.settings.maxEventSize ? { event: short, size: shortSize } : undefined;
  }
}

const sizeOf = (event: AuditEvent): number => Buffer.byteLength(JSON.stringify(event));
