import type { ClusterEvent, ClusterEventInterest } from '../framework/cluster-event';
import type { PodInfo } from '../cache/pod-info';
import { equalPodsKey } from './equal-pods';

/** What waits, with the plugins that keep it waiting. */
export interface Waiting {
  pod: PodInfo;
  readonly rejectedBy: ReadonlySet<string>;
}

/** An interest of a plugin without any of its own: every event may help. */
const everything = Symbol('everything');

/** Interests by plugin; a plugin that names no events wants to hear of all. */
export type Interests = ReadonlyMap<string, readonly ClusterEventInterest[] | undefined>;

/**
 * Pods that wait for something to happen, found by what may wake them: an event costs nothing while none of the
 * plugins that listen to it keeps a pod waiting.
 */
export class WaitingPods<T extends Waiting> {
  /** By plugin and by what equal pods have in common. */
  private readonly byPlugin = new Map<string, Map<string, Set<T>>>();
  private readonly all = new Map<T, string>();
  private readonly listeners = new Map<
    string | typeof everything,
    { plugin: string; interest: ClusterEventInterest }[]
  >();

  constructor(private readonly interests: Interests) {
    for (const [plugin, list] of interests) {
      for (const interest of list ?? []) this.listen(interest.kind, plugin, interest);
      if (!list) this.listen(everything, plugin, { kind: 'PodRemoved' });
    }
  }

  get size(): number {
    return this.all.size;
  }

  /** In the order in which they came. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.all.keys();
  }

  add(waiting: T): void {
    const key = equalPodsKey(waiting.pod);
    this.all.set(waiting, key);
    for (const plugin of waiting.rejectedBy) this.file(plugin, key, waiting);
  }

  /** The pod changed: it is filed under what it looks like now and keeps its place in the order. */
  refile(waiting: T): void {
    const before = this.all.get(waiting);
    const after = equalPodsKey(waiting.pod);
    if (before === undefined || before === after) return;
    this.all.set(waiting, after);
    for (const plugin of waiting.rejectedBy) {
      this.unfile(plugin, before, waiting);
      this.file(plugin, after, waiting);
    }
  }

  delete(waiting: T): boolean {
    const key = this.all.get(waiting);
    if (key === undefined) return false;
    this.all.delete(waiting);
    for (const plugin of waiting.rejectedBy) this.unfile(plugin, key, waiting);
    return true;
  }

  /** Whether any plugin listens to events of the kind. */
  isHeard(event: ClusterEvent): boolean {
    return this.listeners.has(event.kind) || this.listeners.has(everything);
  }

  /** The pods that the event may help. */
  helpedBy(event: ClusterEvent): T[] {
    const helped = new Set<T>();
    for (const { plugin, interest } of this.listenersTo(event)) {
      for (const group of this.byPlugin.get(plugin)?.values() ?? []) this.askGroup(group, interest, event, helped);
    }
    return [...helped];
  }

  /** Whether one of the events may help a pod that those plugins refused. */
  helps(waiting: Waiting, event: ClusterEvent): boolean {
    return this.listenersTo(event).some(
      ({ plugin, interest }) => waiting.rejectedBy.has(plugin) && (interest.helps?.(waiting.pod, event) ?? true),
    );
  }

  private file(plugin: string, key: string, waiting: T): void {
    let groups = this.byPlugin.get(plugin);
    if (!groups) this.byPlugin.set(plugin, (groups = new Map<string, Set<T>>()));
    const group = groups.get(key);
    if (group) group.add(waiting);
    else groups.set(key, new Set([waiting]));
  }

  private unfile(plugin: string, key: string, waiting: T): void {
    const groups = this.byPlugin.get(plugin);
    const group = groups?.get(key);
    group?.delete(waiting);
    if (group?.size === 0) groups?.delete(key);
  }

  private askGroup(group: ReadonlySet<T>, interest: ClusterEventInterest, event: ClusterEvent, helped: Set<T>): void {
    if (interest.helps && interest.sameForEqualPods) {
      const [one] = group;
      if (one && !interest.helps(one.pod, event)) return;
      for (const waiting of group) helped.add(waiting);
      return;
    }
    for (const waiting of group)
      if (!helped.has(waiting) && (interest.helps?.(waiting.pod, event) ?? true)) helped.add(waiting);
  }

  private listenersTo(event: ClusterEvent): readonly { plugin: string; interest: ClusterEventInterest }[] {
    const own = this.listeners.get(event.kind);
    const any = this.listeners.get(everything);
    return own && any ? [...own, ...any] : (own ?? any ?? []);
  }

  private listen(kind: string | typeof everything, plugin: string, interest: ClusterEventInterest): void {
    const list = this.listeners.get(kind);
    if (list) list.push({ plugin, interest });
    else this.listeners.set(kind, [{ plugin, interest }]);
  }
}
