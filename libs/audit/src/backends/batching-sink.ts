import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@nestor/telemetry';
import type { AuditEvent } from '../audit-event';
import { countLost, type AuditSink } from './audit-sink';

export interface BatchSettings {
  /** Events that wait at most; more are dropped. */
  bufferSize: number;
  maxBatchSize: number;
  /** A batch that is not full goes out after this long. */
  maxBatchWaitMs: number;
  /** Batches a second, and how many of them at once after a quiet time; none is without limit. */
  throttle?: { qps: number; burst: number };
}

const log = createLogger('audit');

/** Collects events while requests go on, and hands them on in batches, one after another (plugin/buffered). */
export class BatchingSink implements AuditSink {
  private waiting: AuditEvent[] = [];
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private tokens: number;
  private refilledAt = Date.now();
  private isClosed = false;

  constructor(
    private readonly inner: AuditSink,
    private readonly settings: BatchSettings,
  ) {
    this.tokens = settings.throttle?.burst ?? 0;
  }

  process(events: readonly AuditEvent[]): boolean {
    const room = this.isClosed ? 0 : this.settings.bufferSize - this.waiting.length;
    // An event is told of again at its next stage, so each is kept as it is now.
    this.waiting.push(...events.slice(0, room));
    if (events.length > room) {
      countLost('buffered', events.length - room);
      log.warn({ lost: events.length - room }, 'the buffer of audit events is full');
    }
    if (this.waiting.length >= this.settings.maxBatchSize) this.send();
    else this.timer ??= setTimeout(() => this.send(), this.settings.maxBatchWaitMs);
    return true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.send();
    await this.sending;
    await this.inner.close();
  }

  private send(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.sending ??= this.drain().finally(() => (this.sending = undefined));
  }

  /** Whatever waits when it begins, and full batches that come meanwhile. */
  private async drain(): Promise<void> {
    do {
      const batch = this.waiting.splice(0, this.settings.maxBatchSize);
      if (batch.length === 0) return;
      await this.mayGo();
      await this.inner.process(batch);
    } while (this.isClosed || this.waiting.length >= this.settings.maxBatchSize);
    if (this.waiting.length > 0) this.timer ??= setTimeout(() => this.send(), this.settings.maxBatchWaitMs);
  }

  private async mayGo(): Promise<void> {
    const { throttle } = this.settings;
    if (!throttle || this.isClosed) return;
    const now = Date.now();
    this.tokens = Math.min(throttle.burst, this.tokens + ((now - this.refilledAt) / 1000) * throttle.qps);
    this.refilledAt = now;
    this.tokens -= 1;
    if (this.tokens < 0) await sleep((-this.tokens / throttle.qps) * 1000);
  }
}
