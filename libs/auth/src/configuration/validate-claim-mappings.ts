import { field, validateDomainPrefixedPath, type FieldError } from '@nestor/api';
import { selectsField } from '@nestor/cel';
import { compileClaimMapping } from '../authentication/oidc/claim-expressions';
import type {
  ClaimOrExpression,
  ExtraMapping,
  JwtConfiguration,
  PrefixedClaimOrExpression,
} from './authentication-configuration';

const both = "claim and expression can't both be set";

/** validateClaimMappings of k8s.io/apiserver. */
export function claimMappingErrors(jwt: JwtConfiguration, path: string): FieldError[] {
  const { username, groups, uid, extra } = jwt.claimMappings;
  const isNamed = username.claim || username.expression;
  return [
    ...(isNamed ? [] : [field.required(`${path}.username`, 'claim or expression is required')]),
    ...prefixedErrors(username, `${path}.username`),
    ...prefixedErrors(groups, `${path}.groups`),
    ...mappingErrors(uid, `${path}.uid`),
    ...extraErrors(extra, `${path}.extra`),
    ...unverifiedEmail(jwt, `${path}.username.expression`),
  ];
}

function prefixedErrors({ prefix, ...mapping }: PrefixedClaimOrExpression, at: string): FieldError[] {
  const { claim, expression } = mapping;
  const errors = mappingErrors(mapping, at);
  if (claim && expression) return errors;
  if (expression && prefix !== undefined) {
    return [field.invalid(`${at}.prefix`, prefix, 'may not be specified when expression is set'), ...errors];
  }
  if (!claim || prefix !== undefined) return errors;
  const why = 'prefix is required when claim is set. It can be set to an empty string to disable prefixing';
  return [field.required(`${at}.prefix`, why)];
}

function mappingErrors({ claim, expression }: ClaimOrExpression, at: string): FieldError[] {
  if (claim && expression) return [field.invalid(at, '', both)];
  return expression ? compileErrors(expression, `${at}.expression`) : [];
}

function compileErrors(expression: string, at: string): FieldError[] {
  const { error } = compileClaimMapping(expression);
  return error === undefined ? [] : [field.invalid(at, expression, error)];
}

function extraErrors(extra: readonly ExtraMapping[], path: string): FieldError[] {
  const seen = new Set<string>();
  return extra.flatMap(({ key = '', valueExpression = '' }, index) => {
    const at = `${path}[${index}]`;
    const errors = keyErrors(key, `${at}.key`);
    if (seen.has(key)) return [...errors, field.duplicate(`${at}.key`, key)];
    seen.add(key);
    if (valueExpression === '') return [...errors, field.required(`${at}.valueExpression`)];
    return [...errors, ...compileErrors(valueExpression, `${at}.valueExpression`)];
  });
}

const kubernetesDomain = /^([^/]*\.)?(kubernetes|k8s)\.io\//;

function keyErrors(key: string, at: string): FieldError[] {
  const errors = validateDomainPrefixedPath(key, at);
  if (key !== key.toLowerCase()) errors.push(field.invalid(at, key, 'must be lowercase'));
  if (kubernetesDomain.test(key)) {
    errors.push(field.invalid(at, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use'));
  }
  return errors;
}

/** Who takes names from addresses must look at whether the issuer has seen that they are the user's. */
function unverifiedEmail({ claimMappings, claimValidationRules }: JwtConfiguration, at: string): FieldError[] {
  const { username, extra } = claimMappings;
  const named = readable(username.expression);
  if (!named.some((expression) => selectsField(expression, 'claims', 'email'))) return [];
  const looking = [
    ...named,
    ...extra.flatMap(({ valueExpression }) => readable(valueExpression)),
    ...claimValidationRules.flatMap(({ expression }) => readable(expression)),
  ];
  if (looking.some((expression) => selectsField(expression, 'claims', 'email_verified'))) return [];
  const why =
    'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression';
  return [field.invalid(at, username.expression, why)];
}

/** What cannot be compiled is told of elsewhere. */
const readable = (expression = ''): string[] =>
  expression !== '' && compileClaimMapping(expression).error === undefined ? [expression] : [];
