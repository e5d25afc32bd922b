import { field } from '../../errors/field-error';
import type { FieldError } from '../../errors/field-error';
import type { JobSpec, SuccessPolicyRule } from '../../meta/json-types';
import { validateNonNegative } from '../../validation/checks';
import { countIndexes, parseIndexesStrictly } from '../index-intervals';

const maxRules = 20;
const maxIndexesLength = 64 * 1024;

export function validateSuccessPolicy(spec: JobSpec, path: string): FieldError[] {
  if (!spec.successPolicy) return [];
  if (spec.completionMode !== 'Indexed') {
    return [field.invalid(path, spec.successPolicy, 'requires indexed completion mode')];
  }
  const rules = spec.successPolicy.rules ?? [];
  const errors: FieldError[] = [];
  if (rules.length === 0) {
    const detail = 'at least one rules must be specified when the successPolicy is specified';
    errors.push(field.required(`${path}.rules`, detail));
  }
  if (rules.length > maxRules) errors.push(field.tooMany(`${path}.rules`, rules.length, maxRules));
  const completions = spec.completions ?? 0;
  return [...errors, ...rules.flatMap((rule, index) => validateRule(rule, completions, `${path}.rules[${index}]`))];
}

function validateRule(rule: SuccessPolicyRule, completions: number, path: string): FieldError[] {
  const { succeededCount, succeededIndexes } = rule;
  if (succeededCount === undefined && succeededIndexes === undefined) {
    return [field.required(path, 'at least one of succeededCount or succeededIndexes must be specified')];
  }
  const indexes = validateIndexes(succeededIndexes, completions, `${path}.succeededIndexes`);
  if (succeededCount === undefined) return indexes.errors;
  const at = `${path}.succeededCount`;
  const errors = [...indexes.errors, ...validateNonNegative(succeededCount, at)];
  const limit = (most: number, what: string): void => {
    if (succeededCount <= most) return;
    errors.push(field.invalid(at, succeededCount, `must be less than or equal to ${most} (${what})`));
  };
  limit(completions, 'the number of specified completions');
  if (succeededIndexes !== undefined) {
    limit(indexes.total, 'the number of indexes in the specified succeededIndexes field');
  }
  return errors;
}

function validateIndexes(
  text: string | undefined,
  completions: number,
  path: string,
): { total: number; errors: FieldError[] } {
  if (text === undefined) return { total: 0, errors: [] };
  const errors = text.length > maxIndexesLength ? [field.tooLong(path, maxIndexesLength)] : [];
  try {
    return { total: countIndexes(parseIndexesStrictly(text, completions)), errors };
  } catch (error) {
    const detail = `error parsing succeededIndexes: ${(error as Error).message}`;
    return { total: 0, errors: [...errors, field.invalid(path, text, detail)] };
  }
}
