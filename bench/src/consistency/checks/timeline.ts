import type { Change, History, Version } from '../history';

/** The change log with what a check asks of it. */
export class Timeline {
  private readonly byKey = new Map<string, Change[]>();
  private readonly byRevision = new Map<number, Change>();
  private readonly begins = new Map<string, number>();
  private readonly times: number[] = [];
  private readonly floors: number[] = [];

  constructor(private readonly history: History) {
    for (const change of history.changes) {
      this.byRevision.set(change.revision, change);
      const changes = this.byKey.get(change.key);
      if (changes) changes.push(change);
      else this.byKey.set(change.key, [change]);
    }
    this.noteBegins();
    this.noteObservations();
  }

  get changes(): readonly Change[] {
    return this.history.changes;
  }

  at(revision: number): Change | undefined {
    return this.byRevision.get(revision);
  }

  of(key: string): readonly Change[] {
    return this.byKey.get(key) ?? [];
  }

  /** Changes with a greater revision, in order. */
  after(revision: number): Change[] {
    return this.changes.slice(firstAfter(this.changes, revision));
  }

  nextAfter(revision: number): Change | undefined {
    return this.changes[firstAfter(this.changes, revision)];
  }

  /** The change of a key that was the newest at a revision. */
  current(key: string, revision: number): Change | undefined {
    const changes = this.of(key);
    return changes[firstAfter(changes, revision) - 1];
  }

  next(key: string, revision: number): Change | undefined {
    const changes = this.of(key);
    return changes[firstAfter(changes, revision)];
  }

  stateAt(revision: number): Record<string, Version> {
    const state: Record<string, Version> = {};
    for (const key of this.byKey.keys()) {
      const change = this.current(key, revision);
      if (change && change.type !== 'DELETED') state[key] = { revision: change.revision, value: change.value };
    }
    return state;
  }

  /** The greatest revision that somebody had seen before this moment, and which was committed therefore. */
  floorAt(time: number): number {
    const index = lowerBound(this.times.length, (at) => this.times[at]! >= time) - 1;
    return index < 0 ? 0 : this.floors[index]!;
  }

  /** Before this moment nobody had asked for the change, so it cannot have happened. */
  notBefore(change: Change): number {
    return this.begins.get(change.type === 'DELETED' ? change.uid : change.value) ?? -Infinity;
  }

  private noteBegins(): void {
    for (const { verb, begin, value, uid } of this.history.writes) {
      const of = verb === 'delete' ? uid : value;
      if (of === undefined) continue;
      const key = of;
      this.begins.set(key, Math.min(begin, this.begins.get(key) ?? Infinity));
    }
    // A delete whose answer was lost names no uid: any of them may have done it, from its begin on.
    const lost = this.history.writes.filter(({ verb, outcome }) => verb === 'delete' && outcome === 'unknown');
    for (const change of this.changes) {
      if (change.type !== 'DELETED') continue;
      const candidates = lost.filter(({ key }) => key === change.key).map(({ begin }) => begin);
      const known = this.begins.get(change.uid);
      if (candidates.length) this.begins.set(change.uid, Math.min(...candidates, known ?? Infinity));
    }
  }

  private noteObservations(): void {
    const seen: [time: number, revision: number][] = [];
    for (const { outcome, revision, end } of this.history.writes) {
      if (outcome === 'done' && revision !== undefined) seen.push([end, revision]);
    }
    for (const { end, listRevision = 0, seen: versions } of this.history.reads) {
      seen.push([end, Math.max(listRevision, ...Object.values(versions).map(({ revision }) => revision))]);
    }
    for (const { entries } of this.history.watchers) for (const { at, revision } of entries) seen.push([at, revision]);
    seen.sort((a, b) => a[0] - b[0]);
    let floor = 0;
    for (const [time, revision] of seen) {
      if (revision <= floor) continue;
      floor = revision;
      this.times.push(time);
      this.floors.push(floor);
    }
  }
}

function firstAfter(changes: readonly Change[], revision: number): number {
  return lowerBound(changes.length, (at) => changes[at]!.revision > revision);
}

/** The first index for which it holds, of those where it holds from some point on. */
function lowerBound(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
