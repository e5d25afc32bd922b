import { field, type FieldError } from '@nestor/api';
import type { AuthenticationConfiguration } from './authentication-configuration';
import { validateJwts } from './validate-jwt';

/** k8s.io/apiserver validation ValidateAuthenticationConfiguration, with its paths and wording. */
export function validateAuthentication(
  { anonymous, jwt }: AuthenticationConfiguration,
  disallowedIssuers: readonly string[] = [],
): FieldError[] {
  return [...anonymousErrors(anonymous), ...validateJwts(jwt, disallowedIssuers)];
}

function anonymousErrors(anonymous: AuthenticationConfiguration['anonymous']): FieldError[] {
  if (!anonymous || anonymous.enabled || !anonymous.conditions?.length) return [];
  const why = 'enabled should be set to true when conditions are defined';
  return [field.invalid('anonymous.conditions', anonymous.conditions, why)];
}
