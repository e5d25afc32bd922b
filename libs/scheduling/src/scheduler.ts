import type { DeepReadonly, Node, Pod, PodGroup } from '@nestor/api';
import { isNotFound } from '@nestor/api';
import {
  BindingRefused,
  Placement,
  bindPod,
  permitAll,
  preBindAll,
  reserveAll,
  toPreBind,
  unreserveAll,
} from './binding/binding-cycle';
import type { NodeInfo } from './cache/node-info';
import { PodInfo, podInfo } from './cache/pod-info';
import { SchedulerCache } from './cache/scheduler-cache';
import { NodeSelector, PhaseClock, Refusal, Selection } from './cycle/select-node';
import { type ExtenderCycle, extenderName } from './extenders/extender-cycle';
import type { ClusterEvent } from './framework/cluster-event';
import type { CycleState } from './framework/cycle-state';
import { podChanges } from './framework/pod-changes';
import type { PreBindPlugin } from './framework/plugin';
import type { Profile } from './framework/profile';
import type { SchedulerHandle } from './framework/scheduler-handle';
import { DeviceView } from './plugins/dynamic-resources/device-view';
import { PodGroupStates, podGroupOf } from './plugins/gang-scheduling/pod-group-states';
import type { PodGroupResult } from './pod-group/pod-group-condition';
import { MemberResult, PodGroupCycle, PodGroupOutcome, refusalWithGroup } from './pod-group/pod-group-cycle';
import { NominatedPods } from './queue/nominated-pods';
import { QueueEntry, SchedulingQueue, SchedulingQueueOptions } from './queue/scheduling-queue';
import { StorageKind, StorageKinds, StorageView } from './volumes/storage-view';

/** What the scheduler tells the outside about its decisions. None of it is waited for, all of it may fail without harm. */
export interface SchedulerObserver {
  scheduled(pod: PodInfo, node: string, facts: { attempts: number; arrived: number; started?: number }): void;
  /** nominatedNode: where room is being made; '' takes an earlier nomination back. */
  unschedulable(pod: PodInfo, message: string, nominatedNode?: string, started?: number): void;
  failed(pod: PodInfo, message: string, error: unknown, started?: number): void;
  /** Before a wait for the pod to be bound to a node, which others should know of; undefined when it will not be. */
  expecting?(pod: PodInfo, node: string | undefined): Promise<void>;
  /** A cycle of a whole pod group has ended; its pods are told about on their own. */
  podGroup?(group: DeepReadonly<PodGroup>, result: PodGroupResult, profile: string, started: number): void;
  /** Runs the binding cycle, so that a tracer may wrap it. */
  binding(pod: PodInfo, node: string, run: () => Promise<void>): Promise<void>;
}

export interface SchedulerOptions {
  /** Or a function that makes them, for plugins that use the scheduler. */
  profiles: readonly Profile[] | ((handle: SchedulerHandle) => readonly Profile[]);
  observer: SchedulerObserver;
  percentageOfNodesToScore?: number;
  /** Binding cycles under way at once. They share the API server's group commit, so many are better than few. */
  maxBindings?: number;
  random?: () => number;
  /** Whether this process still leads, asked before anything is decided or written: it may have been paused meanwhile. */
  mayAct?: () => boolean;
  /** See SelectOptions.clock. */
  clock?: (profile: string) => PhaseClock | undefined;
  /** Pods that an extender outside has a say about. */
  extenders?: ExtenderCycle;
  queue?: Partial<
    Pick<SchedulingQueueOptions, 'now' | 'initialBackoffMs' | 'maxBackoffMs' | 'maxUnschedulableMs' | 'onIncoming'>
  >;
}

/** Scheduling cycles run for at most this long before watch events and answers get their turn on the event loop. */
const timeSliceMs = 8;
const retryActingMs = 200;

/** The scheduler: pods and nodes in, bindings out. It does no I/O of its own; plugins, extenders and the observer do. */
export class Scheduler implements SchedulerHandle {
  readonly cache = new SchedulerCache();
  readonly queue: SchedulingQueue;
  readonly nominated = new NominatedPods();
  readonly podGroups = new PodGroupStates();
  readonly storage = new StorageView();
  readonly devices = new DeviceView();
  readonly profiles: ReadonlyMap<string, Profile>;
  private readonly selectors: ReadonlyMap<Profile, NodeSelector>;
  private readonly stopped = new AbortController();
  /** Pods that hold a node until their permit comes or what they need there is made. */
  private readonly waitingOnNode = new Map<string, AbortController>();
  private active = false;
  private pumping = false;
  private bindings = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: SchedulerOptions) {
    const profiles = typeof options.profiles === 'function' ? options.profiles(this) : options.profiles;
    this.profiles = new Map(profiles.map((profile) => [profile.schedulerName, profile]));
    const [first] = profiles;
    if (!first) throw new Error('a scheduler needs at least one profile');
    this.selectors = new Map(
      profiles.map((profile) => [
        profile,
        new NodeSelector(profile, this.cache.view, {
          percentageOfNodesToScore: profile.percentageOfNodesToScore ?? options.percentageOfNodesToScore ?? 0,
          random: () => this.random(),
          nominated: this.nominated,
          clock: options.clock && (() => options.clock?.(profile.schedulerName)),
        }),
      ]),
    );
    this.queue = new SchedulingQueue({
      sort: first.queueSort,
      preEnqueue: ({ schedulerName }) => this.profiles.get(schedulerName)?.preEnqueue ?? [],
      interests: new Map([
        ...profiles.flatMap(({ plugins }) => plugins.map(({ plugin }) => [plugin.name, plugin.events] as const)),
        ...(options.extenders ? [[extenderName, undefined] as const] : []),
      ]),
      onActive: () => this.pump(),
      ...options.queue,
    });
  }

  get cluster() {
    return this.cache.view;
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
    this.stopped.abort(new Error('the scheduler stops'));
    for (const waiting of this.waitingOnNode.values()) waiting.abort(this.stopped.signal.reason);
    clearTimeout(this.timer);
  }

  setNode(node: DeepReadonly<Node>): void {
    const { info, changed } = this.cache.setNode(node);
    if (changed === 'added') this.happened({ kind: 'NodeAdded', node: info });
    else if (changed.size > 0) this.happened({ kind: 'NodeUpdated', node: info, changed });
  }

  removeNode(name: string): void {
    this.cache.removeNode(name);
    this.happened({ kind: 'NodeRemoved', name });
  }

  setPod(pod: DeepReadonly<Pod>): void {
    const uid = pod.metadata.uid ?? '';
    const finished = pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed';
    if (finished) return this.removePod(uid);
    const node = pod.spec?.nodeName;
    if (node) return this.assigned(podInfo(pod), node);
    if (pod.metadata.deletionTimestamp) return this.dropWaiting(uid);
    const ours = this.profiles.has(pod.spec?.schedulerName ?? 'default-scheduler');
    if (ours && !this.cache.isPlaced(uid)) this.setWaiting(podInfo(pod));
  }

  removePod(uid: string): void {
    this.dropWaiting(uid);
    const node = this.cache.nodeOf(uid);
    const pod = this.cache.remove(uid);
    if (!pod) return;
    this.podGroups.forget(pod);
    this.madeRoom(pod, node);
  }

  setPodGroup(group: DeepReadonly<PodGroup>): void {
    const { namespace, name } = group.metadata;
    const before = this.podGroups.group(`${namespace}/${name}`);
    this.podGroups.setGroup(group);
    if (before) this.happened({ kind: 'PodGroup/Update', object: group, before });
    else this.happened({ kind: 'PodGroup/Add', object: group });
  }

  setStorage<K extends StorageKind>(kind: K, object: DeepReadonly<StorageKinds[K]>): void {
    const before = this.storage.set(kind, object);
    this.happened({ kind: `${kind}/${before ? 'Update' : 'Add'}`, object, before });
  }

  removeStorage<K extends StorageKind>(kind: K, object: DeepReadonly<StorageKinds[K]>): void {
    this.storage.delete(kind, object);
    this.happened({ kind: `${kind}/Delete`, object });
  }

  happened(event: ClusterEvent): void {
    this.queue.onEvent(event);
  }

  random(): number {
    return (this.options.random ?? Math.random)();
  }

  rejectWaiting(uid: string, reason: string): boolean {
    const waiting = this.waitingOnNode.get(uid);
    waiting?.abort(new Error(reason));
    return waiting !== undefined;
  }

  preemptionEnded(pod: PodInfo, { nominatedNode, failed }: { nominatedNode?: string; failed: boolean }): void {
    const place = this.queue.placeOf(pod.uid);
    if (place === undefined) return;
    if (nominatedNode) this.nominated.set(pod, nominatedNode);
    if (failed || place === 'gated') this.queue.activateNow(pod.uid);
  }

  /** The pod, placed or nominated there, takes no room on the node any more. */
  private madeRoom(pod: PodInfo, node: NodeInfo | undefined): void {
    if (!node) return this.happened({ kind: 'PodRemoved', pod });
    this.happened({ kind: 'PodRemoved', pod, room: { node, nominated: this.nominated.on(node.name) } });
  }

  private denominate(pod: PodInfo, except?: string): void {
    const node = this.nominated.nodeOf(pod.uid);
    if (node === undefined) return;
    this.nominated.delete(pod.uid);
    if (node !== except) this.madeRoom(pod, this.cluster.node(node));
  }

  private setWaiting(pod: PodInfo): void {
    const isNew = !this.queue.has(pod.uid);
    const { nominatedNodeName } = pod.pod.status ?? {};
    const before = this.queue.podOf(pod.uid)?.pod.status?.nominatedNodeName;
    // Our own nomination is older than the status that tells of it: only one taken back in the status ends it.
    if (nominatedNodeName) this.nominated.set(pod, nominatedNodeName);
    else if (before) this.denominate(pod);
    if (isNew) this.podGroups.track(pod, 'unscheduled');
    this.queue.add(pod);
    if (isNew) this.happened({ kind: 'PodQueued', pod });
  }

  private dropWaiting(uid: string): void {
    const pod = this.queue.podOf(uid);
    if (pod) this.podGroups.forget(pod);
    this.queue.remove(uid);
    if (pod) this.denominate(pod);
    this.rejectWaiting(uid, 'the pod was deleted');
  }

  private assigned(pod: PodInfo, node: string): void {
    this.queue.remove(pod.uid);
    this.denominate(pod, node);
    const before = this.cache.placed(pod.uid);
    const isNew = this.cache.confirm(pod, node);
    this.podGroups.track(pod, 'assigned');
    if (isNew) return this.happened({ kind: 'PodAssigned', pod });
    if (!before || this.cache.placed(pod.uid) === before) return;
    const changed = podChanges(before, pod);
    if (changed.size > 0) this.happened({ kind: 'PodChanged', pod, before, changed });
  }

  /** Schedules what is active, a time slice at a time; sleeps until the queue has something due. */
  private pump(): void {
    if (this.pumping || this.stopped.signal.aborted) return;
    this.pumping = true;
    setImmediate(() => {
      this.pumping = false;
      const next = this.queue.flush();
      if (!this.active) return this.sleepUntil(next);
      if (this.mayAct()) {
        this.runSlice();
        return this.sleepUntil(next);
      }
      // Either the lease is renewed in a moment or the term ends.
      this.sleepUntil(this.now() + retryActingMs);
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

  private mayAct(): boolean {
    return this.options.mayAct?.() ?? true;
  }

  private sleepUntil(due: number | undefined): void {
    clearTimeout(this.timer);
    if (due === undefined || this.stopped.signal.aborted) return;
    this.timer = setTimeout(() => this.pump(), Math.max(1, due - this.now()));
  }

  private now(): number {
    return (this.options.queue?.now ?? Date.now)();
  }

  private scheduleOne(entry: QueueEntry): void {
    const profile = this.profiles.get(entry.pod.schedulerName);
    if (!profile) return this.queue.remove(entry.pod.uid);
    const group = podGroupOf(entry.pod);
    if (group !== undefined) return this.scheduleGroup(group, profile, entry);
    const started = performance.now();
    const selection = this.select(profile, entry);
    if (!(selection instanceof Promise)) return this.settle(profile, entry, selection, started);
    this.bindings++;
    void selection
      // Meanwhile the pod may have gone, and so may the leadership.
      .then((found) => entry.place === 'inFlight' && this.settle(profile, entry, found, started))
      .finally(() => this.bindingDone());
  }

  private scheduleGroup(key: string, profile: Profile, first: QueueEntry): void {
    const started = performance.now();
    const others = this.podGroups.unscheduled(key).flatMap((uid) => this.queue.popAlso(uid) ?? []);
    const entries = [first, ...others].sort((a, b) => b.pod.priority - a.pod.priority || a.sequence - b.sequence);
    const other = entries.find(({ pod }) => pod.schedulerName !== profile.schedulerName);
    if (other) {
      const names = [profile.schedulerName, other.pod.schedulerName].map((name) => JSON.stringify(name)).join(' and ');
      const message = `all pods in a single pod group should have the same .spec.schedulerName set, got: ${names}`;
      for (const entry of entries) this.settle(profile, entry, new Error(message), started);
      return;
    }
    const select = (by: Profile, entry: QueueEntry) => this.select(by, entry);
    const cycle = new PodGroupCycle({ cache: this.cache, nominated: this.nominated, select }, profile);
    this.bindings++;
    void cycle
      .run(entries, (outcome) => {
        const group = this.podGroups.group(key);
        for (const member of outcome.members) this.settleMember(profile, outcome, member);
        if (group) this.options.observer.podGroup?.(group, outcome, profile.schedulerName, started);
      })
      .finally(() => this.bindingDone());
  }

  private settleMember(profile: Profile, outcome: PodGroupOutcome, member: MemberResult): void {
    const { entry, started, placement, refusal, preemption, error } = member;
    const { result } = outcome;
    if (entry.place !== 'inFlight') {
      // It went away while an extender was asked about another pod of the group.
      if (placement && result === 'scheduled') this.giveBack(placement);
    } else if (error) {
      this.denominate(entry.pod);
      this.settle(profile, entry, error, started);
    } else if (!placement) {
      if (refusal) this.refuse(profile, entry, { ...refusal, preemption: undefined }, started);
    } else if (result === 'scheduled') this.proceed(entry, placement, started);
    else if (result === 'waiting_on_preemption' && preemption && refusal) this.refuse(profile, entry, refusal, started);
    else this.refuse(profile, entry, refusalWithGroup(outcome, member), started);
  }

  private settle(profile: Profile, entry: QueueEntry, selection: Selection | Error, started: number): void {
    if (selection instanceof Error) {
      this.queue.retry(entry);
      return this.options.observer.failed(entry.pod, selection.message, selection, started);
    }
    if (selection.node === undefined) return this.refuse(profile, entry, selection, started);
    this.place(entry, { profile, state: selection.state, pod: entry.pod, node: selection.node }, started);
  }

  /** A promise for pods that an extender outside has a say about. */
  private select(profile: Profile, entry: QueueEntry): Selection | Error | Promise<Selection | Error> {
    const { extenders } = this.options;
    try {
      if (extenders?.isInterestedIn(entry.pod))
        return extenders.select(profile, entry.pod, this.cluster, this.nominated).catch(asError);
      const selector = this.selectors.get(profile);
      if (!selector) throw new Error(`profile ${profile.schedulerName} has no selector`);
      return selector.select(entry.pod);
    } catch (error) {
      // A plugin threw: the pod goes back through back-off, the others go on.
      return asError(error);
    }
  }

  private refuse(
    profile: Profile,
    entry: QueueEntry,
    { failed, rejectedBy, message, nominatedNode, preemption }: Refusal,
    started: number,
  ): void {
    preemption?.start();
    if (nominatedNode) this.nominated.set(entry.pod, nominatedNode);
    else if (nominatedNode === '') this.denominate(entry.pod);
    if (failed) this.queue.retry(entry);
    // Without nodes nobody was asked: a node would help.
    else if (this.cluster.nodes.length === 0)
      this.queue.unschedulable(entry, new Set(profile.filter.map(({ name }) => name)));
    else this.queue.unschedulable(entry, rejectedBy);
    this.options.observer.unschedulable(entry.pod, message, nominatedNode, started);
    this.pump();
  }

  private place(entry: QueueEntry, placement: Placement, started: number): void {
    const { pod, node } = placement;
    this.cache.assume(pod, node);
    this.denominate(pod, node);
    try {
      reserveAll(placement);
    } catch (error) {
      return this.bindingFailed(entry, placement, error, started);
    }
    this.proceed(entry, placement, started);
  }

  /** The pod is assumed on the node and everything is reserved there. */
  private proceed(entry: QueueEntry, placement: Placement, started: number): void {
    const { pod, profile } = placement;
    this.happened({ kind: 'PodAssigned', pod });
    if (!profile.permit.some((plugin) => plugin.concerns?.(pod) ?? true)) return this.bind(entry, placement, started);
    const waiting = new AbortController();
    this.waitingOnNode.set(pod.uid, waiting);
    const permitted = permitAll(placement, waiting.signal).finally(() => this.waitingOnNode.delete(pod.uid));
    // Whoever is let go within the same turn has waited for nobody.
    setImmediate(() => this.waitingOnNode.get(pod.uid) === waiting && void this.expect(placement));
    permitted.then(
      () => this.bind(entry, placement, started),
      (error: unknown) => this.bindingFailed(entry, placement, error, started),
    );
  }

  private bind(entry: QueueEntry, placement: Placement, started: number): void {
    const { pod, node, profile, state } = placement;
    this.queue.decided(entry);
    const preparing = toPreBind(placement);
    // A pod that waits for its volumes keeps no other from being bound: it counts from then on.
    let isCounted = preparing.length === 0;
    if (isCounted) this.bindings++;
    void this.options.observer
      .binding(pod, node, async () => {
        this.mustLead();
        if (!isCounted) {
          await this.preBind(preparing, placement);
          this.mustLead();
          isCounted = true;
          this.bindings++;
        }
        await placement.expected;
        await bindPod(placement, this.stopped.signal);
        this.bound(entry, profile, state, node, started);
      })
      .catch((error: unknown) => this.bindingFailed(entry, placement, error, started))
      .finally(() => isCounted && this.bindingDone());
  }

  /** Told once, and before the pod is bound: what is told later would stay. */
  private expect(placement: Placement): Promise<void> {
    const { pod, node } = placement;
    return (placement.expected ??= this.options.observer.expecting?.(pod, node) ?? Promise.resolve());
  }

  private expectNoMore({ pod, expected }: Placement): void {
    void expected?.then(() => this.options.observer.expecting?.(pod, undefined));
  }

  private async preBind(plugins: readonly PreBindPlugin[], placement: Placement): Promise<void> {
    const { uid } = placement.pod;
    const waiting = new AbortController();
    this.waitingOnNode.set(uid, waiting);
    try {
      await this.expect(placement);
      await preBindAll(plugins, placement, waiting.signal);
    } finally {
      this.waitingOnNode.delete(uid);
    }
  }

  private mustLead(): void {
    if (!this.mayAct()) throw new Error('this scheduler leads no more');
  }

  private bound(entry: QueueEntry, profile: Profile, state: CycleState, node: string, started: number): void {
    const { pod, attempts, arrived, enqueued } = entry;
    this.queue.remove(pod.uid);
    this.options.observer.scheduled(pod, node, { attempts, arrived: enqueued ?? arrived, started });
    for (const plugin of profile.postBind) plugin.postBind(state, pod, node);
  }

  private bindingDone(): void {
    this.bindings--;
    this.pump();
  }

  private giveBack(placement: Placement): void {
    unreserveAll(placement);
    this.cache.forget(placement.pod.uid);
  }

  private bindingFailed(entry: QueueEntry, placement: Placement, error: unknown, started: number): void {
    const { pod } = placement;
    this.giveBack(placement);
    this.madeRoom(pod, this.cluster.node(placement.node));
    // Gone meanwhile: nobody is left to be told.
    if (entry.place === 'gone') return this.pump();
    if (isNotFound(error) || isNotFound((error as Error).cause)) return this.dropWaiting(pod.uid);
    this.expectNoMore(placement);
    const message = error instanceof Error ? error.message : String(error);
    if (error instanceof BindingRefused) {
      this.queue.unschedulable(entry, new Set([error.rejection.plugin]));
      this.options.observer.unschedulable(pod, message, undefined, started);
    } else {
      this.queue.retry(entry);
      this.options.observer.failed(pod, message, error, started);
    }
    this.pump();
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
