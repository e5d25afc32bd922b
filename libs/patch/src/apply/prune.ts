import type { StructuralSchema } from '@nestor/schema';
import { difference, emptySet, intersection, isEmptySet, union, type FieldSet } from './field-set';
import type { Managers } from './managed-fields';
import { removeItems, withNamedFields } from './remove-items';
import { toFieldSet } from './to-field-set';

/**
 * Removes what the applier applied last time, does not apply now, and nobody else owns. Three steps as in
 * structured-merge-diff: take away all the applier had, put back what anyone (it included) owns now, and put back
 * what went along without having been the applier's.
 */
export function prune(
  schema: StructuralSchema | undefined,
  merged: unknown,
  how: { last: FieldSet | undefined; managers: Managers },
): unknown {
  if (!how.last || isEmptySet(how.last)) return merged;
  const last = withNamedFields(schema, how.last);
  const all = withNamedFields(schema, toFieldSet(schema, merged));
  const membersOf = (value: unknown) => withNamedFields(schema, toFieldSet(schema, value));

  let pruned = removeItems(schema, merged, last);
  if (pruned === merged) return merged;
  let owned = emptySet;
  for (const { fields } of how.managers.values()) owned = union(owned, fields);
  pruned = removeItems(schema, merged, difference(all, union(membersOf(pruned), withNamedFields(schema, owned))));
  return removeItems(schema, merged, intersection(difference(all, membersOf(pruned)), last));
}
