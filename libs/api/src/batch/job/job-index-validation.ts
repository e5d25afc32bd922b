import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import type { Job, JobStatus } from '../../meta/json-types';
import { countCommonIndexes, parseIndexesStrictly } from '../index-intervals';
import type { IndexIntervals } from '../index-intervals';

/** status.completedIndexes and status.failedIndexes, where the update changes them. */
export function validateIndexLists({ spec, status = {} }: Job, old: Partial<JobStatus>): FieldError[] {
  const { completedIndexes = '', failedIndexes } = status;
  const completed = completedIndexes !== (old.completedIndexes ?? '');
  const failed = failedIndexes !== old.failedIndexes;
  const errors: FieldError[] = [];
  if (completed) {
    errors.push(...validateForm('completedIndexes', completedIndexes, spec?.completions));
    if (completedIndexes !== '' && spec?.completionMode !== 'Indexed') {
      const detail = 'cannot set non-empty completedIndexes when non-indexed completion mode';
      errors.push(field.invalid('status.completedIndexes', completedIndexes, detail));
    }
  }
  if (failed && failedIndexes !== undefined) errors.push(...validateFailed(failedIndexes, spec));
  if ((completed || failed) && failedIndexes) {
    errors.push(...validateDisjoint(completedIndexes, failedIndexes, spec?.completions));
  }
  return errors;
}

function validateFailed(text: string, spec: Job['spec']): FieldError[] {
  if (spec?.backoffLimitPerIndex !== undefined) return validateForm('failedIndexes', text, spec.completions);
  const detail = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
  return [field.invalid('status.failedIndexes', text, detail)];
}

function validateForm(name: string, text: string, completions: number | undefined): FieldError[] {
  if (completions === undefined) return [];
  try {
    parseIndexesStrictly(text, completions);
    return [];
  } catch (error) {
    return [field.invalid(`status.${name}`, text, `error parsing ${name}: ${(error as Error).message}`)];
  }
}

function validateDisjoint(completed: string, failed: string, completions: number | undefined): FieldError[] {
  if (completions === undefined) return [];
  const [done, lost] = [readable(completed, completions), readable(failed, completions)];
  const shared = done.find((one) => countCommonIndexes([one], lost) > 0);
  if (!shared) return [];
  const other = lost.find((one) => countCommonIndexes([one], [shared]) > 0);
  const index = Math.max(shared.first, other?.first ?? 0);
  return [
    field.invalid('status.failedIndexes', failed, `failedIndexes and completedIndexes overlap at index: ${index}`),
  ];
}

/** A list that cannot be read has been reported on its own. */
function readable(text: string, completions: number): IndexIntervals {
  try {
    return parseIndexesStrictly(text, completions);
  } catch {
    return [];
  }
}
