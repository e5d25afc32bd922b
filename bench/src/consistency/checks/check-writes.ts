import type { Change, History, Violation, WriteRecord } from '../history';
import type { Timeline } from './timeline';

const types = { create: 'ADDED', update: 'MODIFIED', delete: 'DELETED' } as const;

/** Acknowledged writes are there, at a revision of their own and in the order of time; refused ones are not. */
export function checkWrites(history: History, timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  const values = new Map(timeline.changes.filter(({ type }) => type !== 'DELETED').map((one) => [one.value, one]));
  const removals = new Map(timeline.changes.filter(({ type }) => type === 'DELETED').map((one) => [one.uid, one]));
  const placed: { write: WriteRecord; revision: number }[] = [];

  for (const write of history.writes) {
    if (write.outcome === 'done') {
      const change = write.verb === 'delete' ? removals.get(write.uid ?? '') : timeline.at(write.revision ?? 0);
      const problem = notWhatWasSaid(write, change) ?? notOnWhatWasNamed(write, change!, timeline);
      if (problem) violations.push({ rule: 'acknowledged writes', what: problem, records: [write, change] });
      if (change) placed.push({ write, revision: change.revision });
    } else if (write.outcome === 'refused') {
      const change = write.value === undefined ? undefined : values.get(write.value);
      const what = change
        ? `${write.verb} of ${write.key} was refused with ${write.code} and is there at ${change.revision}`
        : refusedWithoutReason(write, timeline);
      if (what) violations.push({ rule: 'refused writes', what, records: [write, change] });
    }
  }
  return [...violations, ...usedTwice(placed), ...outOfTime(placed)];
}

function notWhatWasSaid(write: WriteRecord, change: Change | undefined): string | undefined {
  if (!change) return `${write.verb} of ${write.key} was acknowledged (${write.revision ?? write.uid}) and is lost`;
  const isSame =
    change.key === write.key &&
    change.type === types[write.verb] &&
    (write.verb === 'delete' || change.value === write.value);
  return isSame ? undefined : `${write.verb} of ${write.key} was acknowledged at a revision that holds something else`;
}

function notOnWhatWasNamed(write: WriteRecord, change: Change, timeline: Timeline): string | undefined {
  if (write.expected === undefined) return undefined;
  const before = timeline.current(write.key, change.revision - 1);
  if (before?.revision === write.expected) return undefined;
  return `${write.verb} of ${write.key} at version ${write.expected} replaced version ${before?.revision}`;
}

/** A refusal needs a moment, between question and answer, in which it was true. */
function refusedWithoutReason(write: WriteRecord, timeline: Timeline): string | undefined {
  const { key, verb, begin, end, code, expected } = write;
  const held = timeline.current(key, timeline.floorAt(begin));
  const next = timeline.next(key, timeline.floorAt(begin));
  // Something else may have become true meanwhile.
  if (next && timeline.notBefore(next) < end) return undefined;
  const isThere = held !== undefined && held.type !== 'DELETED';
  if (code === 409 && verb === 'create' && !isThere) return `create of ${key} was refused, but it was not there`;
  if (code === 409 && expected !== undefined && isThere && held.revision === expected) {
    return `${verb} of ${key} at version ${expected} was refused, but that was its version`;
  }
  if (code === 409 && verb !== 'create' && expected === undefined) {
    return `${verb} of ${key} named no version and was refused for one`;
  }
  if (code === 404 && isThere) return `${verb} of ${key} was refused, but it was there at ${held.revision}`;
  return undefined;
}

function usedTwice(placed: readonly { write: WriteRecord; revision: number }[]): Violation[] {
  const seen = new Map<number, WriteRecord>();
  const violations: Violation[] = [];
  for (const { write, revision } of placed) {
    const other = seen.get(revision);
    if (other)
      violations.push({ rule: 'one revision', what: `revision ${revision} was given twice`, records: [other, write] });
    seen.set(revision, write);
  }
  return violations;
}

/** What was asked after an answer has the greater revision. */
function outOfTime(placed: readonly { write: WriteRecord; revision: number }[]): Violation[] {
  const byEnd = [...placed].sort((a, b) => a.write.end - b.write.end);
  const violations: Violation[] = [];
  let at = 0;
  let newest: (typeof placed)[number] | undefined;
  for (const one of [...placed].sort((a, b) => a.write.begin - b.write.begin)) {
    for (; at < byEnd.length && byEnd[at]!.write.end < one.write.begin; at++) {
      if (!newest || byEnd[at]!.revision > newest.revision) newest = byEnd[at];
    }
    if (newest && one.revision <= newest.revision) {
      violations.push({
        rule: 'order of time',
        what: `a write that began after revision ${newest.revision} was acknowledged got ${one.revision}`,
        records: [newest.write, one.write],
      });
    }
  }
  return violations;
}
