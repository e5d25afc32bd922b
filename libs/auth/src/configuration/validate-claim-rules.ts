import { field, type FieldError } from '@nestor/api';
import { compileClaimRule, compileUserRule } from '../authentication/oidc/claim-expressions';
import type { ClaimValidationRule, UserValidationRule } from './authentication-configuration';

/** validateClaimValidationRules of k8s.io/apiserver. */
export function claimRuleErrors(rules: readonly ClaimValidationRule[], path: string): FieldError[] {
  const [claims, expressions] = [new Set<string>(), new Set<string>()];
  return rules.flatMap((rule, index) => {
    const at = `${path}[${index}]`;
    const { claim = '', expression = '' } = rule;
    if (claim && expression) return [field.invalid(at, claim, "claim and expression can't both be set")];
    if (claim) return requiredClaimErrors(rule, at, claims);
    if (expression) return expressionErrors(rule, at, expressions);
    return [field.required(at, 'claim or expression is required')];
  });
}

function requiredClaimErrors(
  { claim = '', message }: ClaimValidationRule,
  at: string,
  seen: Set<string>,
): FieldError[] {
  const errors = message ? [field.invalid(`${at}.message`, message, 'may not be specified when claim is set')] : [];
  if (seen.has(claim)) errors.push(field.duplicate(`${at}.claim`, claim));
  seen.add(claim);
  return errors;
}

function expressionErrors(
  { expression = '', requiredValue }: ClaimValidationRule,
  at: string,
  seen: Set<string>,
): FieldError[] {
  const why = 'may not be specified when expression is set';
  const errors = requiredValue ? [field.invalid(`${at}.requiredValue`, requiredValue, why)] : [];
  return [...errors, ...ruleErrors(expression, `${at}.expression`, { seen, compile: compileClaimRule })];
}

/** validateUserValidationRules of k8s.io/apiserver. */
export function userRuleErrors(rules: readonly UserValidationRule[], path: string): FieldError[] {
  const seen = new Set<string>();
  return rules.flatMap(({ expression = '' }, index) => {
    const at = `${path}[${index}].expression`;
    return expression === '' ? [field.required(at)] : ruleErrors(expression, at, { seen, compile: compileUserRule });
  });
}

interface Compiling {
  seen: Set<string>;
  compile: (expression: string) => { error?: string };
}

function ruleErrors(expression: string, at: string, { seen, compile }: Compiling): FieldError[] {
  if (seen.has(expression)) return [field.duplicate(at, expression)];
  seen.add(expression);
  const { error } = compile(expression);
  return error === undefined ? [] : [field.invalid(at, expression, error)];
}
