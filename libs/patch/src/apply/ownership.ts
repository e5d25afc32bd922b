import { changed, type Comparison } from './compare';
import { difference, intersection, isEmptySet, union, type FieldSet } from './field-set';
import type { Managers } from './managed-fields';
import { setFields } from './managed-fields';

/** Fields that each other manager owns and the write changes. */
export function conflictsOf(managers: Managers, writer: string, comparison: Comparison): Map<string, FieldSet> {
  const touched = changed(comparison);
  const conflicts = new Map<string, FieldSet>();
  for (const [key, ownership] of managers) {
    if (key === writer) continue;
    const conflict = intersection(ownership.fields, touched);
    if (!isEmptySet(conflict)) conflicts.set(key, conflict);
  }
  return conflicts;
}

/** Every other manager loses what the write changed or removed. */
export function dispossess(managers: Managers, writer: string, comparison: Comparison): void {
  const lost = union(changed(comparison), comparison.removed);
  for (const [key, ownership] of [...managers]) {
    if (key === writer) continue;
    const fields = difference(ownership.fields, lost);
    if (fields !== ownership.fields) setFields(managers, key, { ...ownership, fields });
  }
}
