import {
  AdmissionDeclarations,
  admissionVariables,
  CelType,
  compileExpression,
  DYN,
  mutationStruct,
} from '@nestor/cel';
import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';

/** How an expression of a policy is compiled: what it may name, and what it may come to. */
export interface ExpressionRules extends AdmissionDeclarations {
  readonly types?: readonly CelType[];
  /** Objects may be made, and patches. */
  readonly patches?: boolean;
}

/** Errors of one expression, as the field's. */
export function validateExpression(expression: string, rules: ExpressionRules, path: string): FieldError[] {
  const env = {
    variables: admissionVariables(rules),
    ...(rules.patches ? { struct: mutationStruct, jsonPatch: true } : {}),
  };
  const { error } = compileExpression(expression, env, rules.types);
  return error === undefined ? [] : [field.invalid(path, expression, error)];
}

interface PolicyVariable {
  readonly name?: string;
  readonly expression?: string;
}

const identifier = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const reserved = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/** A policy's variables in their order: each may use those before it. What they are is for the expressions after them. */
export function validateVariables(
  variables: readonly PolicyVariable[] = [],
  rules: ExpressionRules,
  path: string,
): { errors: FieldError[]; types: Record<string, CelType> | undefined } {
  const errors: FieldError[] = [];
  const types: Record<string, CelType> = {};
  variables.forEach(({ name = '', expression = '' }, index) => {
    const at = `${path}[${index}]`;
    if (name.trim() === '') errors.push(field.required(`${at}.name`, 'name is not specified'));
    else if (!identifier.test(name) || reserved.has(name)) {
      errors.push(field.invalid(`${at}.name`, name, 'name is not a valid CEL identifier'));
    }
    if (expression.trim() === '') {
      errors.push(field.required(`${at}.expression`, 'expression is not specified'));
      return;
    }
    const env = { variables: admissionVariables({ ...rules, variables: { ...types } }) };
    const { program, error } = compileExpression(expression, env);
    if (error !== undefined) errors.push(field.invalid(`${at}.expression`, expression, error));
    types[name] = program?.resultType ?? DYN;
  });
  return { errors, types: variables.length ? types : undefined };
}
