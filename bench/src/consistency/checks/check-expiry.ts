import type { History, Violation } from '../history';
import type { Timeline } from './timeline';

/** A server hears of what was dropped at its next round of compaction, which a fault may put off. */
const graceMs = 15_000;

/** 410 for what is gone, and for nothing else; what is served instead is whole. */
export function checkExpiry(history: History, timeline: Timeline): Violation[] {
  const violations: Violation[] = [];
  const report = (what: string, record: unknown): void =>
    void violations.push({ rule: '410 Gone', what, records: [record] });
  for (const probe of history.probes) {
    const { after, begin, end, outcome, first } = probe;
    if (outcome === 'expired') {
      // The boundary is read now and then: the first look after the answer shows it at the latest.
      const later = history.boundaries.find(({ at }) => at >= end) ?? history.boundaries.at(-1);
      if (!later || after >= later.revision)
        report(`revision ${after} was refused, but history begins at ${later?.revision ?? 0}`, probe);
      continue;
    }
    const gone = Math.max(
      0,
      ...history.boundaries.filter(({ at }) => at < begin - graceMs).map(({ revision }) => revision),
    );
    if (after < gone) report(`revision ${after} was served, but history begins at ${gone}`, probe);
    const next = timeline.nextAfter(after);
    if (first && next && (next.revision !== first.revision || next.key !== first.key || next.type !== first.type)) {
      report(`a watch from ${after} began with ${first.revision} instead of ${next.revision}`, probe);
    }
  }
  for (const { name, entries } of history.watchers) {
    for (const entry of entries) {
      if (entry.type !== 'EXPIRED') continue;
      const later = history.boundaries.find(({ at }) => at >= entry.at) ?? history.boundaries.at(-1);
      if (!later || entry.revision >= later.revision)
        report(`${name} was refused at ${entry.revision}, which was not gone`, entry);
    }
  }
  return violations;
}
