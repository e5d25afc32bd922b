import { ClusterEvent } from '../framework/cluster-event';
import type { PreEnqueuePlugin, QueueSortPlugin, QueuedPod } from '../framework/plugin';
import { podChanges } from '../framework/pod-changes';
import type { PodInfo } from '../cache/pod-info';
import { Heap } from './heap';
import { InFlightEvents } from './in-flight-events';
import { Interests, WaitingPods } from './waiting-pods';

export type QueuePlace = 'active' | 'backoff' | 'unschedulable' | 'gated' | 'inFlight' | 'gone';

/** A pod on its way through the queue. One entry per pod uid, from its arrival until it is bound or gone. */
export interface QueueEntry extends QueuedPod {
  pod: PodInfo;
  timestamp: number;
  readonly arrived: number;
  /** When it first passed all pre-enqueue plugins. */
  enqueued: number | undefined;
  attempts: number;
  /** How often no node fitted, and how often in a row the attempt broke: they decide how long it backs off. */
  unschedulableCount: number;
  errorsInARow: number;
  /** Plugins that refused it last time: only events they are interested in wake it. */
  rejectedBy: ReadonlySet<string>;
  place: QueuePlace;
  backoffUntil: number;
  /** Order of arrival, among those that the sort plugin holds equal. */
  sequence: number;
  /** Its place in a heap. Heaps hold tickets of the past too: only this one counts. */
  ticket: Ticket | undefined;
}

/** A place in a heap. What it is sorted by never changes while it lies there. */
interface Ticket extends QueuedPod {
  readonly entry: QueueEntry;
  readonly backoffUntil: number;
  readonly sequence: number;
}

/** Why a pod enters a queue, worded as the labels of scheduler_queue_incoming_pods_total. */
export type IncomingEvent =
  'PodAdd' | 'PodUpdate' | 'ScheduleAttemptFailure' | 'BackoffComplete' | ClusterEvent['kind'];

export interface SchedulingQueueOptions {
  sort: QueueSortPlugin;
  /** By scheduler name, the plugins that may keep a pod out. */
  preEnqueue: (pod: PodInfo) => readonly PreEnqueuePlugin[];
  interests: Interests;
  now?: () => number;
  /** Called when an entry became active. */
  onActive: () => void;
  /** Counts pods that enter a queue. */
  onIncoming?: (queue: 'active' | 'backoff' | 'unschedulable' | 'gated', event: IncomingEvent) => void;
  initialBackoffMs?: number;
  maxBackoffMs?: number;
  /** An unschedulable pod is tried again after this long even when nothing happened. */
  maxUnschedulableMs?: number;
}

/** Back-off times end on this grid, so that pods that may go at about the same time are sorted among themselves. */
const backoffWindowMs = 1000;

/**
 * kube-scheduler's three queues: active (by queue sort), back-off (by time) and unschedulable (woken by cluster
 * events that its refusing plugins care about). A pod is always in exactly one place, so none can be lost.
 */
export class SchedulingQueue {
  private readonly entries = new Map<string, QueueEntry>();
  private readonly active: Heap<Ticket>;
  /** Pods for which something happened since they were refused. */
  private readonly backoff: Heap<Ticket>;
  /** Pods whose attempt broke, for a reason that may lie outside: they sit out their time. */
  private readonly errors: Heap<Ticket>;
  private readonly waiting: WaitingPods<QueueEntry>;
  private readonly gated: WaitingPods<QueueEntry>;
  private readonly inFlight = new InFlightEvents<QueueEntry>();
  private readonly now: () => number;
  private readonly limits: { initial: number; max: number; unschedulable: number };
  private readonly sizes = { active: 0, backoff: 0, unschedulable: 0, gated: 0 };
  private arrivals = 0;

  constructor(private readonly options: SchedulingQueueOptions) {
    const compare = (a: Ticket, b: Ticket) => options.sort.compare(a, b) || a.sequence - b.sequence;
    const window = ({ backoffUntil }: Ticket) => Math.floor(backoffUntil / backoffWindowMs);
    this.active = new Heap(compare);
    this.backoff = new Heap((a, b) => window(a) - window(b) || compare(a, b));
    this.errors = new Heap((a, b) => a.backoffUntil - b.backoffUntil || a.sequence - b.sequence);
    this.waiting = new WaitingPods(options.interests);
    this.gated = new WaitingPods(options.interests);
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
      enqueued: undefined,
      attempts: 0,
      unschedulableCount: 0,
      errorsInARow: 0,
      rejectedBy: new Set(),
      place: 'gone',
      backoffUntil: 0,
      sequence: this.arrivals++,
      ticket: undefined,
    };
    this.entries.set(pod.uid, entry);
    this.activate(entry, 'PodAdd');
  }

  /** The pod's own labels, requests, tolerations or gates changed: the plugins that refused it say whether that helps. */
  update(pod: PodInfo): void {
    const entry = this.entries.get(pod.uid);
    if (!entry) return this.add(pod);
    const before = entry.pod;
    const changed = podChanges(before, pod);
    const event: ClusterEvent = { kind: 'PodChanged', pod, before, changed };
    entry.pod = pod;
    if (changed.size === 0) return;
    if (entry.place === 'inFlight') return this.inFlight.record(event);
    const waiting = this.waitingPlace(entry.place);
    if (!waiting) return;
    waiting.refile(entry);
    if (waiting.helps(entry, event)) this.wake(entry, 'PodUpdate');
  }

  remove(uid: string): void {
    const entry = this.entries.get(uid);
    if (!entry) return;
    this.move(entry, 'gone');
    this.entries.delete(uid);
  }

  /** Takes the next pod to schedule; it stays known as in flight until done, requeue or remove. */
  pop(): QueueEntry | undefined {
    // A pod that backs off though something happened for it need not wait while there is nothing else to do.
    const entry = (this.head(this.active) ?? this.head(this.backoff))?.entry;
    return entry && this.take(entry);
  }

  /** Takes this pod wherever it waits, with another of its group; undefined when it is held back or not here. */
  popAlso(uid: string): QueueEntry | undefined {
    const entry = this.entries.get(uid);
    const waits = entry?.place === 'active' || entry?.place === 'backoff' || entry?.place === 'unschedulable';
    return waits ? this.take(entry) : undefined;
  }

  /** The node is settled: what happens from here on cannot make the pod unschedulable, only fail. */
  decided(entry: QueueEntry): void {
    this.inFlight.end(entry);
  }

  /** No node fits: wait for an event that one of the refusing plugins cares about. */
  unschedulable(entry: QueueEntry, rejectedBy: ReadonlySet<string>): void {
    if (rejectedBy.size === 0) return this.retry(entry);
    if (entry.place !== 'inFlight') return;
    const missed = this.inFlight.end(entry);
    entry.rejectedBy = rejectedBy;
    entry.errorsInARow = 0;
    entry.unschedulableCount++;
    entry.timestamp = this.now();
    const hopeful = missed.find((event) => isAwaited(event, entry.pod) || this.waiting.helps(entry, event));
    if (hopeful) return this.backOff(entry, 'ScheduleAttemptFailure');
    this.move(entry, 'unschedulable');
    this.options.onIncoming?.('unschedulable', 'ScheduleAttemptFailure');
  }

  /** The attempt failed for a reason that is not the pod's: try again after its back-off. */
  retry(entry: QueueEntry): void {
    if (entry.place !== 'inFlight') return;
    entry.timestamp = this.now();
    entry.errorsInARow++;
    entry.rejectedBy = new Set();
    this.backOff(entry, 'ScheduleAttemptFailure');
  }

  onEvent(event: ClusterEvent): void {
    if (!this.waiting.isHeard(event)) return;
    this.inFlight.record(event);
    for (const waiting of [this.waiting, this.gated]) {
      if (waiting.size === 0) continue;
      for (const entry of waiting.helpedBy(event)) this.wake(entry, event.kind);
    }
    for (const { uid } of nominatedAt(event)) {
      const entry = this.entries.get(uid);
      if (entry?.place === 'unschedulable') this.wake(entry, event.kind);
    }
  }

  /** Puts a waiting pod back into the active queue, whatever refused it (kube-scheduler's Activate). */
  activateNow(uid: string): void {
    const entry = this.entries.get(uid);
    if (entry?.place === 'unschedulable' || entry?.place === 'gated' || entry?.place === 'backoff')
      this.activate(entry, 'PodUpdate');
  }

  /** Moves what is due. Returns when to be called next, in ms since the epoch, or undefined when nothing waits. */
  flush(): number | undefined {
    const now = this.now();
    for (const heap of [this.backoff, this.errors])
      for (let first = this.head(heap); first && first.backoffUntil <= now; first = this.head(heap))
        this.activate(first.entry, 'BackoffComplete');
    const dues = [this.head(this.backoff)?.backoffUntil, this.head(this.errors)?.backoffUntil, this.flushOverdue(now)];
    const next = Math.min(...dues.map((due) => due ?? Infinity));
    return next === Infinity ? undefined : next;
  }

  counts(): Record<'active' | 'backoff' | 'unschedulable' | 'gated', number> {
    return { ...this.sizes };
  }

  has(uid: string): boolean {
    return this.entries.has(uid);
  }

  podOf(uid: string): PodInfo | undefined {
    return this.entries.get(uid)?.pod;
  }

  placeOf(uid: string): QueuePlace | undefined {
    return this.entries.get(uid)?.place;
  }

  /** They came in the order of their timestamps, so only the first ones are looked at. */
  private flushOverdue(now: number): number | undefined {
    for (const entry of this.waiting) {
      const due = entry.timestamp + this.limits.unschedulable;
      if (due > now) return due;
      this.wake(entry, 'BackoffComplete');
    }
    return undefined;
  }

  private take(entry: QueueEntry): QueueEntry {
    this.move(entry, 'inFlight');
    entry.attempts++;
    this.inFlight.begin(entry);
    return entry;
  }

  private waitingPlace(place: QueuePlace): WaitingPods<QueueEntry> | undefined {
    if (place === 'unschedulable') return this.waiting;
    return place === 'gated' ? this.gated : undefined;
  }

  /** The first that still counts; tickets of pods that went elsewhere are dropped on the way. */
  private head(heap: Heap<Ticket>): Ticket | undefined {
    for (let ticket = heap.peek(); ticket; ticket = heap.peek()) {
      if (ticket.entry.ticket === ticket) return ticket;
      heap.pop();
    }
    return undefined;
  }

  private file(entry: QueueEntry, heap: Heap<Ticket>): void {
    const { pod, timestamp, backoffUntil, sequence } = entry;
    entry.ticket = { entry, pod, timestamp, backoffUntil, sequence };
    heap.push(entry.ticket);
  }

  private wake(entry: QueueEntry, why: IncomingEvent): void {
    if (entry.place === 'unschedulable' && this.backoffEnd(entry) > this.now()) this.backOff(entry, why);
    else this.activate(entry, why);
  }

  private backOff(entry: QueueEntry, why: IncomingEvent): void {
    entry.backoffUntil = this.backoffEnd(entry);
    this.move(entry, 'backoff');
    this.file(entry, entry.errorsInARow > 0 ? this.errors : this.backoff);
    this.options.onIncoming?.('backoff', why);
    this.options.onActive();
  }

  private backoffEnd(entry: QueueEntry): number {
    const count = entry.errorsInARow || entry.unschedulableCount;
    if (count === 0) return entry.timestamp;
    const { initial, max } = this.limits;
    return entry.timestamp + Math.min(max, initial * 2 ** Math.min(count - 1, 32));
  }

  private activate(entry: QueueEntry, why: IncomingEvent): void {
    const gatedBy = this.options.preEnqueue(entry.pod).find((plugin) => plugin.preEnqueue(entry.pod));
    if (gatedBy) {
      const isNew = entry.place !== 'gated';
      this.waitingPlace(entry.place)?.delete(entry);
      entry.rejectedBy = new Set([gatedBy.name]);
      this.move(entry, 'gated');
      if (isNew) this.options.onIncoming?.('gated', why);
      return;
    }
    entry.enqueued ??= this.now();
    this.move(entry, 'active');
    this.file(entry, this.active);
    this.options.onIncoming?.('active', why);
    this.options.onActive();
  }

  /** The one place where an entry changes its place. Heaps drop entries that left them when they come up. */
  private move(entry: QueueEntry, to: QueuePlace): void {
    this.waitingPlace(entry.place)?.delete(entry);
    if (entry.place === 'inFlight') this.inFlight.end(entry);
    if (entry.place in this.sizes) this.sizes[entry.place as keyof typeof this.sizes]--;
    if (to in this.sizes) this.sizes[to as keyof typeof this.sizes]++;
    entry.place = to;
    entry.ticket = undefined;
    this.waitingPlace(to)?.add(entry);
  }
}

/** Those that wait for this very room, whether or not it is enough yet: when it is not they have to look elsewhere. */
function nominatedAt(event: ClusterEvent): readonly PodInfo[] {
  return event.kind === 'PodRemoved' && 'room' in event ? (event.room?.nominated ?? []) : [];
}

function isAwaited(event: ClusterEvent, pod: PodInfo): boolean {
  return nominatedAt(event).some(({ uid }) => uid === pod.uid);
}
