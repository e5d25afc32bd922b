import { metrics } from '@nestor/telemetry';
import { ExponentialRateLimiter, type RateLimiter } from './rate-limiter';

const labels = ['name'] as const;
const adds = metrics.counter('workqueue_adds_total', 'Total number of adds handled by workqueue', labels);
const retriesTotal = metrics.counter('workqueue_retries_total', 'Total number of retries handled by workqueue', labels);
const depth = metrics.gauge('workqueue_depth', 'Current depth of workqueue', labels);
const buckets = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1, 10];
const waited = metrics.histogram(
  'workqueue_queue_duration_seconds',
  'How long in seconds an item stays in workqueue before being requested',
  labels,
  buckets,
);
const worked = metrics.histogram(
  'workqueue_work_duration_seconds',
  'How long in seconds processing an item from workqueue takes',
  labels,
  buckets,
);

const unfinished = metrics.gauge(
  'workqueue_unfinished_work_seconds',
  'How many seconds of work has been done that is in progress and has not been observed by work_duration',
  labels,
);
const longest = metrics.gauge(
  'workqueue_longest_running_processor_seconds',
  'How many seconds has the longest running processor for workqueue been running',
  labels,
);
/** Looked at when somebody asks for the metrics, not on each change. */
const queues = new Set<WorkQueue>();
Object.assign(unfinished, {
  collect: () => {
    for (const queue of queues) queue.reportWorkInProgress();
  },
});

/**
 * client-go's work queue: a key is held once however often it is added, is never handed to two workers at a time, and
 * comes again if it was added while being worked on.
 */
export class WorkQueue {
  private readonly waiting: string[] = [];
  /** Needs work: waiting, or added while in work. */
  private readonly dirty = new Map<string, number>();
  private readonly inWork = new Map<string, number>();
  private readonly takers: ((key: string | undefined) => void)[] = [];
  private readonly timers = new Map<string, { timer: NodeJS.Timeout; due: number }>();
  private readonly drained: (() => void)[] = [];
  private head = 0;
  private shuttingDown = false;

  constructor(
    private readonly name: string,
    private readonly limiter: RateLimiter = new ExponentialRateLimiter(),
  ) {
    queues.add(this);
  }

  get length(): number {
    return this.waiting.length - this.head;
  }

  add(key: string): void {
    if (this.shuttingDown || this.dirty.has(key)) return;
    adds.inc({ name: this.name });
    this.dirty.set(key, performance.now());
    if (!this.inWork.has(key)) this.push(key);
  }

  /** Adds later. Of several delays for one key the earliest counts. */
  addAfter(key: string, delayMs: number): void {
    if (this.shuttingDown) return;
    if (delayMs <= 0) return this.add(key);
    const due = performance.now() + delayMs;
    const existing = this.timers.get(key);
    if (existing && existing.due <= due) return;
    if (existing) clearTimeout(existing.timer);
    const timer = setTimeout(
      () => {
        this.timers.delete(key);
        this.add(key);
      },
      Math.min(delayMs, 2 ** 31 - 1),
    );
    timer.unref();
    this.timers.set(key, { timer, due });
  }

  /** Adds after the key's back-off. */
  addRateLimited(key: string): void {
    retriesTotal.inc({ name: this.name });
    this.addAfter(key, this.limiter.next(key));
  }
  forget(key: string): void {
    this.limiter.forget(key);
  }
  retries(key: string): number {
    return this.limiter.retries(key);
  }

  /** The next key, or undefined once the queue is shut down and empty. Every key taken must be given to done(). */
  take(): Promise<string | undefined> {
    const key = this.shift();
    if (key !== undefined) return Promise.resolve(key);
    if (this.shuttingDown) return Promise.resolve(undefined);
    return new Promise((resolve) => this.takers.push(resolve));
  }

  done(key: string): void {
    const startedAt = this.inWork.get(key);
    if (startedAt === undefined) return;
    this.inWork.delete(key);
    worked.observe({ name: this.name }, (performance.now() - startedAt) / 1000);
    if (this.dirty.has(key)) this.push(key);
    if (this.inWork.size === 0) for (const resolve of this.drained.splice(0)) resolve();
  }

  /** Takes no more keys and forgets the delayed ones; resolves when what is in work is done. */
  async shutDown(): Promise<void> {
    this.shuttingDown = true;
    queues.delete(this);
    for (const { timer } of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.waiting.length = 0;
    this.head = 0;
    this.dirty.clear();
    depth.set({ name: this.name }, 0);
    for (const resolve of this.takers.splice(0)) resolve(undefined);
    if (this.inWork.size) await new Promise<void>((resolve) => this.drained.push(resolve));
  }

  reportWorkInProgress(): void {
    const now = performance.now();
    let sum = 0;
    let most = 0;
    for (const startedAt of this.inWork.values()) {
      sum += now - startedAt;
      most = Math.max(most, now - startedAt);
    }
    unfinished.set({ name: this.name }, sum / 1000);
    longest.set({ name: this.name }, most / 1000);
  }

  private push(key: string): void {
    this.waiting.push(key);
    depth.set({ name: this.name }, this.length);
    const taker = this.takers.shift();
    if (taker) taker(this.shift());
  }

  private shift(): string | undefined {
    if (this.head >= this.waiting.length) return undefined;
    const key = this.waiting[this.head++]!;
    // Amortised: an array shift would move the whole rest for every key.
    if (this.head > 1024 && this.head * 2 > this.waiting.length) (this.waiting.splice(0, this.head), (this.head = 0));
    const now = performance.now();
    waited.observe({ name: this.name }, (now - (this.dirty.get(key) ?? now)) / 1000);
    this.dirty.delete(key);
    this.inWork.set(key, now);
    depth.set({ name: this.name }, this.length);
    return key;
  }
}
