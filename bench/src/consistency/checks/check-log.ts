import type { History, Violation } from '../history';
import type { Timeline } from './timeline';

/** The change log itself: in commit order, each object's story whole, each value written once. */
export function checkLog(history: History, timeline: Timeline): Violation[] {
  const violations: Violation[] = history.late.map((record) => ({
    rule: 'commit order',
    what: `revision ${record.change.revision} was committed after revision ${record.after} could be read`,
    records: [record],
  }));
  const written = new Map<string, number>();
  for (const change of timeline.changes) {
    const before = timeline.current(change.key, change.revision - 1);
    const isThere = before !== undefined && before.type !== 'DELETED';
    if (isThere === (change.type === 'ADDED')) {
      violations.push({
        rule: 'story of an object',
        what: `${change.key} is ${change.type} at ${change.revision} after ${before?.type ?? 'nothing'}`,
        records: [before, change],
      });
    }
    if (change.type === 'DELETED') continue;
    const twice = written.get(change.value);
    if (twice !== undefined) {
      violations.push({
        rule: 'one change for a write',
        what: `${change.value} was written at ${twice} and at ${change.revision}`,
        records: [timeline.at(twice), change],
      });
    }
    written.set(change.value, change.revision);
  }
  return violations;
}
