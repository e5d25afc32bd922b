import type { ClusterEvent, ClusterEventInterest } from '../framework/cluster-event';
import type { PreEnqueuePlugin, QueueSortPlugin, QueuedPod } from '../framework/plugin';
import type { PodInfo } from '../cache/pod-info';
import { Heap } from './heap';

/** A pod on its way through the queue. One entry per pod uid, from its arrival until it is bound or gone. */
export interface QueueEntry extends QueuedPod {
  pod: PodInfo;
  timestamp: number;
  readonly arrived: number;
  attempts: number;
  /** Plugins that refused it last time: only events they are interested in wake it. */
  rejectedBy: ReadonlySet<string>;
  place: 'active' | 'backoff' | 'unschedulable' | 'gated' | 'inFlight' | 'gone';
  backoffUntil: number;
}

export interface SchedulingQueueOptions {
  sort: QueueSortPlugin;
  preEnqueue: readonly PreEnqueuePlugin[];
  /** Interests by plugin name. */
  interests: ReadonlyMap<string, readonly ClusterEventInterest[]>;
  now?: () => number;
  /** Called when an entry became active. */
  onActive: () => void;
  initialBackoffMs?: number;
  maxBackoffMs?: number;
  /** An unschedulable pod is tried again after this long even when nothing happened. */
  maxUnschedulableMs?: number;
}

/**
 * kube-scheduler's three queues: active (by queue sort), back-off (by time) and unschedulable (woken by cluster
 * events that its refusing plugins care about). A pod is always in exactly one place, so none can be lost.
 */
export class SchedulingQueue {
  private readonly entries = new Map<string, QueueEntry>();
  private readonly active: Heap<QueueEntry>;
  private readonly backoff = new Heap<QueueEntry>((a, b) => a.backoffUntil - b.backoffUntil);
  private readonly waiting = new Set<QueueEntry>();
  private readonly now: () => number;
  private readonly limits: { initial: number; max: number; unschedulable: number };

  constructor(private readonly options: SchedulingQueueOptions) {
    this.active = new Heap((a, b) => options.sort.compare(a, b));
    this.now = options.now ?? Date.now;
    this.limits = {
      initial: options.initialBackoffMs ?? 1000,
      max: options.maxBackoffMs ?? 10_000,
      unschedulable: options.maxUnschedulableMs ?? 300_000,
    };
  }

  /** A pod without a node appeared. */
  add(pod: PodInfo): void {
    if (this.entries.has(pod.uid)) return this.update(pod);
    const now = this.now();
    const entry: QueueEntry = {
      pod,
      timestamp: now,
      arrived: now,
      attempts: 0,
      rejectedBy: new Set(),
      place: 'gone',
      backoffUntil: 0,
    };
    this.entries.set(pod.uid, entry);
    this.activate(entry);
  }

  /** The pod's own spec or labels changed: that alone may make it schedulable. */
  update(pod: PodInfo): void {
    const entry = this.entries.get(pod.uid);
    if (!entry) return this.add(pod);
    const before = entry.pod.pod;
    entry.pod = pod;
    const changed =
      before.spec !== pod.pod.spec &&
      JSON.stringify([before.spec, before.metadata.labels]) !== JSON.stringify([pod.pod.spec, pod.pod.metadata.labels]);
    if (changed && (entry.place === 'unschedulable' || entry.place === 'gated')) this.wake(entry);
  }

  remove(uid: string): void {
    const entry = this.entries.get(uid);
    if (!entry) return;
    entry.place = 'gone';
    this.waiting.delete(entry);
    this.entries.delete(uid);
  }

  /** Takes the next pod to schedule; it stays known as in flight until done, requeue or remove. */
  pop(): QueueEntry | undefined {
    for (let entry = this.active.pop(); entry; entry = this.active.pop()) {
      if (entry.place !== 'active') continue;
      entry.place = 'inFlight';
      entry.attempts++;
      return entry;
    }
    return undefined;
  }

  /** No node fits: wait for an event that one of the refusing plugins cares about. */
  unschedulable(entry: QueueEntry, rejectedBy: ReadonlySet<string>): void {
    if (entry.place !== 'inFlight') return;
    entry.rejectedBy = rejectedBy;
    entry.timestamp = this.now();
    entry.place = 'unschedulable';
    this.waiting.add(entry);
  }

  /** The attempt failed for a reason that is not the pod's: try again after its back-off. */
  retry(entry: QueueEntry): void {
    if (entry.place !== 'inFlight') return;
    entry.timestamp = this.now();
    entry.rejectedBy = new Set();
    this.backOff(entry);
  }

  onEvent(event: ClusterEvent): void {
    for (const entry of this.waiting)
      if (entry.place === 'unschedulable' && this.mayHelp(entry, event)) this.wake(entry);
  }

  /** Moves what is due. Returns when to be called next, in ms since the epoch, or undefined when nothing waits. */
  flush(): number | undefined {
    const now = this.now();
    for (
      let entry = this.backoff.peek();
      entry && (entry.backoffUntil <= now || entry.place !== 'backoff');
      entry = this.backoff.peek()
    ) {
      this.backoff.pop();
      if (entry.place === 'backoff' && entry.backoffUntil <= now) this.activate(entry);
    }
    let next = this.backoff.peek()?.backoffUntil;
    for (const entry of this.waiting) {
      if (entry.place !== 'unschedulable') continue;
      const due = entry.timestamp + this.limits.unschedulable;
      if (due <= now) this.wake(entry);
      else next = Math.min(next ?? due, due);
    }
    return next;
  }

  counts(): Record<'active' | 'backoff' | 'unschedulable' | 'gated', number> {
    const counts = { active: 0, backoff: 0, unschedulable: 0, gated: 0 };
    for (const { place } of this.entries.values()) if (place in counts) counts[place as keyof typeof counts]++;
    return counts;
  }

  has(uid: string): boolean {
    return this.entries.has(uid);
  }

  private mayHelp(entry: QueueEntry, event: ClusterEvent): boolean {
    if (entry.rejectedBy.size === 0) return true;
    for (const plugin of entry.rejectedBy) {
      for (const interest of this.options.interests.get(plugin) ?? []) {
        if (interest.kind === event.kind && (interest.helps?.(entry.pod, event) ?? true)) return true;
      }
    }
    return false;
  }

  private wake(entry: QueueEntry): void {
    const due = entry.timestamp + this.backoffFor(entry);
    if (entry.place === 'unschedulable' && due > this.now()) this.backOff(entry);
    else this.activate(entry);
  }

  private backOff(entry: QueueEntry): void {
    this.waiting.delete(entry);
    entry.place = 'backoff';
    entry.backoffUntil = entry.timestamp + this.backoffFor(entry);
    this.backoff.push(entry);
    this.options.onActive();
  }

  private backoffFor(entry: QueueEntry): number {
    return entry.attempts === 0 ? 0 : Math.min(this.limits.max, this.limits.initial * 2 ** (entry.attempts - 1));
  }

  private activate(entry: QueueEntry): void {
    this.waiting.delete(entry);
    const gated = this.options.preEnqueue.some((plugin) => plugin.preEnqueue(entry.pod));
    entry.place = gated ? 'gated' : 'active';
    if (gated) return;
    entry.timestamp = this.now();
    this.active.push(entry);
    this.options.onActive();
  }
}
