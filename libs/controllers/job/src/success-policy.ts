import { countCommonIndexes, countIndexes, parseIndexes, type IndexIntervals } from '@nestor/api';
import type { ObservedJob } from './job-state';

/** The message of the first rule that the succeeded indexes meet. */
export function matchSuccessPolicy({ spec }: ObservedJob, succeeded: IndexIntervals): string | undefined {
  if (!spec?.successPolicy || succeeded.length === 0) return undefined;
  const index = spec.successPolicy.rules.findIndex(({ succeededCount, succeededIndexes }) => {
    if (succeededIndexes === undefined) return countIndexes(succeeded) >= (succeededCount ?? Infinity);
    const asked = parseIndexes(succeededIndexes, spec.completions ?? 0);
    if (asked.length === 0) return false;
    const met = countCommonIndexes(asked, succeeded);
    return met === countIndexes(asked) || met >= (succeededCount ?? Infinity);
  });
  return index < 0 ? undefined : `Matched rules at index ${index}`;
}
