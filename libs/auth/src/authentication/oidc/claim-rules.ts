import type { Program } from '@nestor/cel';
import type { ClaimValidationRule, UserValidationRule } from '../../configuration/authentication-configuration';
import type { UserInfo } from '../../user';
import { compileClaimRule, compileUserRule, evaluate, programOf, type CompiledExpression } from './claim-expressions';
import { hasClaim, textClaim } from './claim-values';
import type { Claims } from './id-token';
import { NamedMap } from './named-map';
import { within } from './within';

/** Throws where the claims of a token are not what they must be. */
export function claimRules(rules: readonly ClaimValidationRule[]): (claims: Claims) => void {
  const required = rules.flatMap(({ claim, requiredValue = '' }) => (claim ? [{ claim, requiredValue }] : []));
  const conditions = conditionsOf(rules, compileClaimRule);
  return (claims) => {
    for (const { claim, requiredValue } of required) checkRequired(claims, claim, requiredValue);
    within('error evaluating claim validation expression', () => checkAll(conditions, { claims }));
  };
}

/** Throws where the user that a token makes is none that may be. */
export function userRules(rules: readonly UserValidationRule[]): (user: UserInfo) => void {
  const conditions = conditionsOf(rules, compileUserRule);
  return ({ name: username, uid = '', groups, extra = {} }) =>
    within('error evaluating user info validation rule', () =>
      checkAll(conditions, { user: { username, uid, groups, extra: new NamedMap(extra) } }),
    );
}

function checkRequired(claims: Claims, claim: string, wanted: string): void {
  if (!hasClaim(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`);
  const value = within(`parse claim ${claim}`, () => textClaim(claims, claim));
  if (value === wanted) return;
  throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${wanted}`);
}

interface Condition {
  program: Program;
  message: string;
}

function conditionsOf(
  rules: readonly { expression?: string; message?: string }[],
  compile: (expression: string) => CompiledExpression,
): Condition[] {
  return rules.flatMap(({ expression, message = '' }) =>
    expression ? [{ program: programOf(compile(expression)), message }] : [],
  );
}

/** All are evaluated before one is judged, as upstream does: an error comes before a condition that does not hold. */
function checkAll(conditions: readonly Condition[], bindings: Readonly<Record<string, unknown>>): void {
  const results = conditions.map(({ program }) => evaluate(program, bindings));
  const failed = conditions[results.findIndex((result) => result !== true)];
  if (!failed) return;
  throw new Error(`validation expression '${failed.program.expression}' failed: ${failed.message}`);
}
