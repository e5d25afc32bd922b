import type { Change, History, ReadRecord, Version, Violation } from '../history';
import type { Timeline } from './timeline';

/**
 * Every read shows a state that was; a consistent one, a state that was current between question and answer. The log
 * has all states in one order, so that this is linearizability of each key: a read fits between its version and the
 * next one, and neither may lie outside of what others had seen before it began or could have asked for when it ended.
 */
export function checkReads(history: History, timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  for (const read of history.reads) {
    const what = read.key === undefined ? wrongList(read, timeline) : wrongGet(read, read.key, timeline);
    if (what) violations.push({ rule: read.consistent ? 'consistent reads' : 'reads', what, records: [read] });
  }
  return violations;
}

function wrongGet(read: ReadRecord, key: string, timeline: Timeline): string | undefined {
  const version = read.seen[key];
  if (version) {
    const change = timeline.at(version.revision);
    if (!isSame(change, key, version)) return `${key} showed ${version.value}@${version.revision}, which never was`;
    if (timeline.notBefore(change!) > read.end) return `${key} showed ${version.revision} before it was asked for`;
    if (!read.consistent) return undefined;
    return stale(read, key, version.revision, timeline);
  }
  if (!read.consistent) return undefined;
  const floor = timeline.floorAt(read.begin);
  const held = timeline.current(key, floor);
  if (!held || held.type === 'DELETED') return undefined;
  const removed = timeline.of(key).find((change) => change.revision > floor && change.type === 'DELETED');
  if (removed && timeline.notBefore(removed) < read.end) return undefined;
  return `${key} was not found although revision ${held.revision} was there`;
}

function stale(read: ReadRecord, key: string, revision: number, timeline: Timeline): string | undefined {
  const floor = timeline.floorAt(read.begin);
  const next = timeline.next(key, revision);
  if (!next || next.revision > floor) return undefined;
  return `${key} showed revision ${revision}, but ${next.revision} was committed (${floor} had been seen) before the read began`;
}

function wrongList(read: ReadRecord, timeline: Timeline): string | undefined {
  const revision = read.listRevision ?? 0;
  const wanted = timeline.stateAt(revision);
  const keys = new Set([...Object.keys(wanted), ...Object.keys(read.seen)]);
  for (const key of keys) {
    if (wanted[key]?.revision !== read.seen[key]?.revision || wanted[key]?.value !== read.seen[key]?.value) {
      return `a list at ${revision} showed ${key} at ${read.seen[key]?.revision}, where it was at ${wanted[key]?.revision}`;
    }
  }
  if (!read.consistent) return undefined;
  const floor = timeline.floorAt(read.begin);
  // Only changes of these objects count: the log that was read holds no others.
  const missed = timeline.nextAfter(revision);
  if (!missed || missed.revision > floor) return undefined;
  return `a list showed revision ${revision}, but ${missed.revision} was committed before it began`;
}

const isSame = (change: Change | undefined, key: string, version: Version): boolean =>
  change?.key === key && change.value === version.value && change.type !== 'DELETED';
