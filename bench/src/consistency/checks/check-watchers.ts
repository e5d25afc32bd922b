import type { Change, History, Violation, WatchEntry, WatcherRecord } from '../history';
import type { Timeline } from './timeline';

const maxOfOne = 5;

/** Every watcher is told of each change once, in order, and misses none, over breaks and resumptions. */
export function checkWatchers(history: History, timeline: Timeline): Violation[] {
  const judges = { stream: checkStream, informer: checkInformer, subject: checkSubject };
  return history.watchers.flatMap((watcher) => {
    const found: Violation[] = [];
    judges[watcher.kind]({
      history,
      timeline,
      watcher,
      report: (what, ...records) => found.push({ rule: 'watchers', what: `${watcher.name}: ${what}`, records }),
    });
    return found.slice(0, maxOfOne);
  });
}

interface Case {
  history: History;
  timeline: Timeline;
  watcher: WatcherRecord;
  report(what: string, ...records: unknown[]): void;
}

function checkStream({ timeline, watcher, report }: Case): void {
  let position = 0;
  let expired = true;
  for (const entry of watcher.entries) {
    if (entry.type === 'EXPIRED') {
      expired = true;
      continue;
    }
    if (entry.type === 'LIST') {
      if (!expired) report('listed again without having been told that its revision is gone', entry);
      expired = false;
      position = entry.revision;
      continue;
    }
    if (entry.type !== 'BOOKMARK' && entry.revision <= position) {
      report(`was told of revision ${entry.revision} when it was at ${position}`, entry);
      continue;
    }
    const next = timeline.nextAfter(position);
    if (next && next.revision < entry.revision) report(`was not told of revision ${next.revision}`, next, entry);
    else if (entry.type === 'BOOKMARK' && next?.revision === entry.revision)
      report('a bookmark ran ahead', next, entry);
    if (entry.type !== 'BOOKMARK') compare(timeline.at(entry.revision), entry, report);
    position = Math.max(position, entry.revision);
  }
  const missing = timeline.nextAfter(position);
  if (missing) report(`stands still at ${position} and was not told of revision ${missing.revision}`, missing);
}

function checkInformer({ history, timeline, watcher, report }: Case): void {
  const told = new Map<string, WatchEntry>();
  /** Everything up to here came with a list. */
  let listed = 0;
  let position = 0;
  for (const entry of watcher.entries) {
    const { key = '', revision, position: at = revision } = entry;
    const before = told.get(key);
    // The newest of a list's objects may be at the list's own revision, where no event can be any more.
    const isFromList = entry.type === 'LIST' || at > revision || at === listed;
    if (isFromList && at > listed) {
      const isAllowed = listed === 0 || position < boundaryBy(history, entry.at);
      if (!isAllowed) report(`listed again at ${at} although it was at ${position}, which was not gone`, before, entry);
      listed = at;
    }
    position = Math.max(position, at);
    if (entry.type === 'LIST') continue;
    if (isFromList) {
      checkListed(timeline, entry, at, report);
      const isRepeat = before?.revision === revision && before.type !== 'DELETED' && entry.type !== 'DELETED';
      if (isRepeat) report(`was told of ${key} at ${revision} twice`, before, entry);
    } else {
      const from = Math.max(listed, before?.revision ?? 0);
      const missed = timeline.next(key, from);
      if (revision <= from) report(`was told of ${key} at ${revision} when it was at ${from}`, before, entry);
      else if (missed && missed.revision < revision)
        report(`was not told of ${key} at ${missed.revision}`, missed, entry);
      compare(timeline.at(revision), entry, report, 'whatever it was before');
    }
    if (entry.previous !== undefined && entry.previous !== before?.revision) {
      report(`said ${key} had been at ${entry.previous}, after it had said ${before?.revision}`, before, entry);
    }
    told.set(key, entry);
  }
  for (const [key, { revision }] of Object.entries(timeline.stateAt(Infinity))) {
    const last = told.get(key);
    if (last?.revision !== revision || last.type === 'DELETED') report(`ends without ${key} at ${revision}`, last);
  }
  for (const [key, last] of told) {
    if (last.type !== 'DELETED' && !timeline.stateAt(Infinity)[key]) report(`ends with ${key}, which is gone`, last);
  }
}

function checkListed(timeline: Timeline, entry: WatchEntry, at: number, report: Case['report']): void {
  const current = timeline.current(entry.key!, at);
  const isThere = current !== undefined && current.type !== 'DELETED';
  const isRight =
    entry.type === 'DELETED'
      ? !isThere || current.uid !== timeline.at(entry.revision)?.uid
      : current?.revision === entry.revision;
  if (!isRight) report(`a list at ${at} told of ${entry.key} what it was not`, current, entry);
}

function checkSubject({ timeline, watcher, report }: Case): void {
  let position: number | undefined;
  for (const entry of watcher.entries) {
    if (position !== undefined && entry.revision <= position) continue;
    if (position !== undefined && entry.previous! <= position) {
      const lost = timeline.nextAfter(position);
      const isLost =
        lost && (entry.type === 'BOOKMARK' ? lost.revision <= entry.revision : lost.revision < entry.revision);
      if (isLost) report(`lost revision ${lost.revision} and could not know it`, lost, entry);
    }
    if (entry.type !== 'BOOKMARK') compare(timeline.at(entry.revision), entry, report);
    position = entry.revision;
  }
}

/** An informer that had nothing of the object calls a change an addition. */
function compare(
  change: Change | undefined,
  entry: WatchEntry,
  report: Case['report'],
  type?: 'whatever it was before',
): void {
  const isType = type ? (change?.type === 'DELETED') === (entry.type === 'DELETED') : change?.type === entry.type;
  if (change?.key === entry.key && isType && change?.value === entry.value) return;
  report(`was told of something that is not revision ${entry.revision}`, change, entry);
}

/** Seen a little later than it moved. */
const slackMs = 5000;
function boundaryBy({ boundaries }: History, at: number): number {
  return Math.max(0, ...boundaries.filter((one) => one.at <= at + slackMs).map(({ revision }) => revision));
}
