import type { ClaimMappings, ClaimOrExpression, ExtraMapping } from '../../configuration/authentication-configuration';
import type { UserInfo } from '../../user';
import { credentialIdOf } from '../service-account/token-issuer';
import { compileClaimMapping, evaluate, programOf } from './claim-expressions';
import { hasClaim, textClaim, textsClaim, textsOf, truthClaim } from './claim-values';
import type { Claims } from './id-token';
import { within } from './within';

type Read<T> = (claims: Claims) => T;

/** The user that the claims of a token make (oidc getUsername, getGroups, getUID and getExtra). Throws where they make none. */
export function claimMapper({ username, groups, uid, extra }: ClaimMappings): Read<UserInfo> {
  const nameOf = username.expression
    ? namedByExpression(username)
    : namedByClaim(username.claim ?? '', username.prefix);
  const groupsOf = groups.expression ? groupsByExpression(groups) : groupsByClaim(groups.claim, groups.prefix);
  const uidOf = uidReader(uid);
  const extraOf = extraReader(extra);
  return (claims) => {
    const [name, itsGroups, itsUid, itsExtra] = [nameOf(claims), groupsOf(claims), uidOf(claims), extraOf(claims)];
    return {
      name,
      groups: itsGroups,
      ...(itsUid ? { uid: itsUid } : {}),
      ...(Object.keys(itsExtra).length > 0 ? { extra: itsExtra } : {}),
    };
  };
}

function textExpression({ expression = '' }: ClaimOrExpression, what: string): Read<string> {
  const program = programOf(compileClaimMapping(expression));
  return (claims) =>
    within(`error evaluating ${what} claim expression`, () => {
      const value = evaluate(program, { claims });
      if (typeof value !== 'string') throw new Error(`${what} claim expression must return a string`);
      return value;
    });
}

function namedByExpression(mapping: ClaimOrExpression): Read<string> {
  const read = textExpression(mapping, 'username');
  return (claims) => notEmpty(read(claims), ' via CEL expression');
}

function namedByClaim(claim: string, prefix = ''): Read<string> {
  return (claims) => {
    const name = within(`parse username claims ${JSON.stringify(claim)}`, () => textClaim(claims, claim));
    // Issuers that say nothing of it are believed, as upstream does.
    if (claim === 'email' && hasClaim(claims, 'email_verified')) {
      const isVerified = within("parse 'email_verified' claim", () => truthClaim(claims, 'email_verified'));
      if (!isVerified) throw new Error('oidc: email not verified');
    }
    return notEmpty(`${prefix}${name}`, '');
  };
}

function notEmpty(name: string, how: string): string {
  if (name === '') throw new Error(`oidc: empty username${how} is not allowed`);
  return name;
}

function groupsByClaim(claim = '', prefix = ''): Read<string[]> {
  return (claims) => {
    if (claim === '' || !hasClaim(claims, claim)) return [];
    const groups = within(`parse groups claim ${JSON.stringify(claim)}`, () => textsClaim(claims, claim));
    return groups.map((group) => `${prefix}${group}`);
  };
}

function groupsByExpression({ expression = '' }: ClaimOrExpression): Read<string[]> {
  const program = programOf(compileClaimMapping(expression));
  return (claims) => within('error evaluating group claim expression', () => textsOf(evaluate(program, { claims })));
}

function uidReader(uid: ClaimOrExpression): Read<string> {
  const { claim = '', expression } = uid;
  if (expression) return textExpression(uid, 'uid');
  if (claim === '') return () => '';
  return (claims) => within(`parse uid claim ${JSON.stringify(claim)}`, () => textClaim(claims, claim));
}

function extraReader(extra: readonly ExtraMapping[]): Read<Record<string, string[]>> {
  const mappings = extra.map(({ key, valueExpression }) => ({
    key,
    program: programOf(compileClaimMapping(valueExpression)),
  }));
  return (claims) => {
    const { jti } = claims;
    const found: Record<string, string[]> =
      typeof jti === 'string' && jti !== ''
        ? { 'authentication.kubernetes.io/credential-id': [credentialIdOf(jti)] }
        : {};
    for (const { key, program } of mappings) {
      const value = evaluate(program, { claims });
      const values = within(`error evaluating extra claim expression: ${program.expression}`, () => textsOf(value));
      if (values.length > 0) found[key] = values;
    }
    return found;
  };
}
