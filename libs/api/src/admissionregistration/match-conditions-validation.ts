import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isQualifiedName } from '../meta/names';
import { invalidEach } from '../validation/checks';
import { BOOL } from '@nestor/cel';
import { validateExpression } from './policies/policy-expressions';

export interface MatchCondition {
  readonly name: string;
  readonly expression: string;
}

const most = 64;

/** validateMatchConditions; params is for policies that have a paramKind. */
export function validateMatchConditions(
  conditions: readonly MatchCondition[] = [],
  path: string,
  params = false,
): FieldError[] {
  const names = new Set<string>();
  return [
    ...(conditions.length > most ? [field.tooMany(path, conditions.length, most)] : []),
    ...conditions.flatMap(({ name, expression }, index) => {
      const at = `${path}[${index}]`;
      const text = expression?.trim();
      const rules = { params, authorizer: true, types: [BOOL] };
      const errors = text ? validateExpression(text, rules, `${at}.expression`) : [field.required(`${at}.expression`)];
      if (!name) return [...errors, field.required(`${at}.name`)];
      errors.push(...invalidEach(name, isQualifiedName(name), `${at}.name`));
      if (names.has(name)) errors.push(field.duplicate(`${at}.name`, name));
      names.add(name);
      return errors;
    }),
  ];
}
