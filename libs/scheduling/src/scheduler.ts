import type { DeepReadonly, Node, Pod } from '@nestor/api';
import { isNotFound } from '@nestor/api';
import { PodInfo, podInfo } from './cache/pod-info';
import { SchedulerCache } from './cache/scheduler-cache';
import { NodeSelector, Selection } from './cycle/select-node';
import type { ClusterEvent, ClusterEventInterest } from './framework/cluster-event';
import type { CycleState } from './framework/cycle-state';
import type { Profile } from './framework/profile';
import type { Rejection } from './framework/rejection';
import { QueueEntry, SchedulingQueue, SchedulingQueueOptions } from './queue/scheduling-queue';

/** What the scheduler tells the outside about its decisions. None of it is waited for, all of it may fail without harm. */
export interface SchedulerObserver {
  scheduled(pod: PodInfo, node: string, facts: { attempts: number; arrived: number }): void;
  unschedulable(pod: PodInfo, message: string): void;
  failed(pod: PodInfo, message: string, error: unknown): void;
  /** Runs the binding cycle, so that a tracer may wrap it. */
  binding(pod: PodInfo, node: string, run: () => Promise<void>): Promise<void>;
}

export interface SchedulerOptions {
  profiles: readonly Profile[];
  observer: SchedulerObserver;
  /** For plugins that were made with its view; the scheduler makes its own by default. */
  cache?: SchedulerCache;
  percentageOfNodesToScore?: number;
  /** Binding cycles under way at once. They share the API server's group commit, so many are better than few. */
  maxBindings?: number;
  random?: () => number;
  queue?: Partial<Pick<SchedulingQueueOptions, 'now' | 'initialBackoffMs' | 'maxBackoffMs' | 'maxUnschedulableMs'>>;
}

/** Scheduling cycles run for at most this long before watch events and answers get their turn on the event loop. */
const timeSliceMs = 8;

class BindingRefused extends Error {
  constructor(readonly rejection: Rejection) {
    super(rejection.reasons.join(', '));
  }
}

/** The scheduler: pods and nodes in, bindings out. It does no I/O of its own; plugins and the observer do. */
export class Scheduler {
  readonly cache: SchedulerCache;
  readonly queue: SchedulingQueue;
  private readonly profiles: ReadonlyMap<string, Profile>;
  private readonly selectors: ReadonlyMap<Profile, NodeSelector>;
  private readonly stopped = new AbortController();
  private active = false;
  private pumping = false;
  private bindings = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SchedulerOptions) {
    this.cache = options.cache ?? new SchedulerCache();
    this.profiles = new Map(options.profiles.map((profile) => [profile.schedulerName, profile]));
    const [first] = options.profiles;
    if (!first) throw new Error('a scheduler needs at least one profile');
    this.selectors = new Map(
      options.profiles.map((profile) => [
        profile,
        new NodeSelector(profile, this.cache.view, {
          percentageOfNodesToScore: profile.percentageOfNodesToScore ?? options.percentageOfNodesToScore ?? 0,
          random: options.random ?? Math.random,
        }),
      ]),
    );
    const interests = new Map<string, readonly ClusterEventInterest[]>(
      options.profiles.flatMap(({ plugins }) =>
        plugins.map(({ plugin }) => [plugin.name, plugin.events ?? []] as const),
      ),
    );
    this.queue = new SchedulingQueue({
      sort: first.queueSort,
      preEnqueue: first.preEnqueue,
      interests,
      onActive: () => this.pump(),
      ...options.queue,
    });
  }

  /** Begins to schedule. Before (and while another instance leads) the cache and the queue only follow. */
  start(): void {
    this.active = true;
    this.pump();
  }

  pause(): void {
    this.active = false;
  }

  stop(): void {
    this.pause();
    this.stopped.abort();
    clearTimeout(this.timer);
  }

  setNode(node: DeepReadonly<Node>): void {
    const { info, changed } = this.cache.setNode(node);
    if (changed === 'added') this.happened({ kind: 'NodeAdded', node: info });
    else if (changed.size > 0) this.happened({ kind: 'NodeUpdated', node: info, changed });
  }

  removeNode(name: string): void {
    this.cache.removeNode(name);
  }

  setPod(pod: DeepReadonly<Pod>): void {
    const uid = pod.metadata.uid ?? '';
    const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (finished) return this.removePod(uid);
    const node = pod.spec?.nodeName;
    if (node) return this.assigned(podInfo(pod), node);
    if (pod.metadata.deletionTimestamp) return this.queue.remove(uid);
    const ours = this.profiles.has(pod.spec?.schedulerName ?? 'default-scheduler');
    if (ours && !this.cache.isPlaced(uid)) this.queue.add(podInfo(pod));
  }

  removePod(uid: string): void {
    this.queue.remove(uid);
    const pod = this.cache.remove(uid);
    if (pod) this.happened({ kind: 'PodRemoved', pod });
  }

  private assigned(pod: PodInfo, node: string): void {
    this.queue.remove(pod.uid);
    if (this.cache.confirm(pod, node)) this.happened({ kind: 'PodAssigned', pod });
  }

  private happened(event: ClusterEvent): void {
    this.queue.onEvent(event);
  }

  /** Schedules what is active, a time slice at a time; sleeps until the queue has something due. */
  private pump(): void {
    if (this.pumping || this.stopped.signal.aborted) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      const next = this.queue.flush();
      if (this.active) this.runSlice();
      this.sleepUntil(next);
    });
  }

  private runSlice(): void {
    const end = performance.now() + timeSliceMs;
    const limit = this.options.maxBindings ?? 256;
    while (this.bindings < limit) {
      const entry = this.queue.pop();
      if (!entry) return;
      this.scheduleOne(entry);
      if (performance.now() > end) return this.pump();
    }
  }

  private sleepUntil(due: number | undefined): void {
    clearTimeout(this.timer);
    if (due === undefined || this.stopped.signal.aborted) return;
    this.timer = setTimeout(() => this.pump(), Math.max(1, due - (this.options.queue?.now ?? Date.now)()));
  }

  private scheduleOne(entry: QueueEntry): void {
    const profile = this.profiles.get(entry.pod.schedulerName);
    if (!profile) return this.queue.remove(entry.pod.uid);
    const selection = this.select(profile, entry);
    if (selection instanceof Error) {
      this.queue.retry(entry);
      return this.options.observer.failed(entry.pod, selection.message, selection);
    }
    if (selection.node === undefined) return this.refuse(entry, selection);
    this.cache.assume(entry.pod, selection.node);
    this.happened({ kind: 'PodAssigned', pod: entry.pod });
    const { node, state } = selection;
    const reserved = reserveAll(profile, state, entry.pod, node);
    this.bindings++;
    void this.options.observer
      .binding(entry.pod, node, () =>
        reserved ? Promise.reject(new BindingRefused(reserved)) : this.bind(profile, state, entry, node),
      )
      .catch((error: unknown) => this.bindingFailed(profile, state, entry, node, error))
      .finally(() => {
        this.bindings--;
        this.pump();
      });
  }

  private select(profile: Profile, entry: QueueEntry): Selection | Error {
    try {
      const selector = this.selectors.get(profile);
      if (!selector) throw new Error(`profile ${profile.schedulerName} has no selector`);
      return selector.select(entry.pod);
    } catch (error) {
      // A plugin threw: the pod goes back through back-off, the others go on.
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  private refuse(entry: QueueEntry, selection: Exclude<Selection, { node: string }>): void {
    if (selection.failed) this.queue.retry(entry);
    else this.queue.unschedulable(entry, selection.rejectedBy);
    this.options.observer.unschedulable(entry.pod, selection.message);
    this.pump();
  }

  private async bind(profile: Profile, state: CycleState, entry: QueueEntry, node: string): Promise<void> {
    const { signal } = this.stopped;
    for (const plugin of profile.permit) throwIfRefused(await plugin.permit(state, entry.pod, node, signal));
    for (const plugin of profile.preBind) throwIfRefused(await plugin.preBind(state, entry.pod, node, signal));
    let bound = false;
    for (const plugin of profile.bind)
      if ((bound = (await plugin.bind(state, entry.pod, node, signal)) === 'bound')) break;
    if (!bound) throw new Error(`no bind plugin of profile ${profile.schedulerName} took the pod`);
    this.queue.remove(entry.pod.uid);
    this.options.observer.scheduled(entry.pod, node, { attempts: entry.attempts, arrived: entry.arrived });
    for (const plugin of profile.postBind) plugin.postBind(state, entry.pod, node);
  }

  private bindingFailed(profile: Profile, state: CycleState, entry: QueueEntry, node: string, error: unknown): void {
    for (const plugin of [...profile.reserve].reverse()) plugin.unreserve(state, entry.pod, node);
    this.cache.forget(entry.pod.uid);
    this.happened({ kind: 'PodRemoved', pod: entry.pod });
    if (isNotFound(error)) return this.queue.remove(entry.pod.uid);
    if (error instanceof BindingRefused) this.queue.unschedulable(entry, new Set([error.rejection.plugin]));
    else this.queue.retry(entry);
    this.options.observer.failed(entry.pod, error instanceof Error ? error.message : String(error), error);
  }
}

function reserveAll(profile: Profile, state: CycleState, pod: PodInfo, node: string): Rejection | undefined {
  for (const plugin of profile.reserve) {
    const refused = plugin.reserve(state, pod, node);
    if (refused) return refused;
  }
  return undefined;
}

function throwIfRefused(refused: Rejection | undefined): void {
  if (refused) throw new BindingRefused(refused);
}
