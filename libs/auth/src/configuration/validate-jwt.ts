import { field, type FieldError } from '@nestor/api';
import type { JwtConfiguration } from './authentication-configuration';
import { claimMappingErrors } from './validate-claim-mappings';
import { claimRuleErrors, userRuleErrors } from './validate-claim-rules';
import { issuerErrors } from './validate-issuer';

const maxIssuers = 64;

/** The jwt section of an AuthenticationConfiguration (validateJWTAuthenticator); there may be none in it. */
export function validateJwts(jwts: readonly JwtConfiguration[], disallowedIssuers: readonly string[]): FieldError[] {
  if (jwts.length > maxIssuers) return [field.tooMany('jwt', jwts.length, maxIssuers)];
  const [issuers, discoveries] = [new Set<string>(), new Set<string>()];
  return jwts.flatMap((jwt, index) => {
    const at = `jwt[${index}]`;
    const { url, discoveryURL = '' } = jwt.issuer;
    const errors = jwtErrors(jwt, at, disallowedIssuers);
    if (issuers.has(url)) errors.push(field.duplicate(`${at}.issuer.url`, url));
    if (discoveryURL && discoveries.has(discoveryURL)) {
      errors.push(field.duplicate(`${at}.issuer.discoveryURL`, discoveryURL));
    }
    issuers.add(url);
    discoveries.add(discoveryURL);
    return errors;
  });
}

const jwtErrors = (jwt: JwtConfiguration, at: string, disallowedIssuers: readonly string[]): FieldError[] => [
  ...issuerErrors(jwt.issuer, `${at}.issuer`, disallowedIssuers),
  ...claimRuleErrors(jwt.claimValidationRules, `${at}.claimValidationRules`),
  ...claimMappingErrors(jwt, `${at}.claimMappings`),
  ...userRuleErrors(jwt.userValidationRules, `${at}.userValidationRules`),
];
