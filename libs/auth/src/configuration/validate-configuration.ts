import { field, type FieldError } from '@nestor/api';
import type { AuthenticationConfiguration } from './authentication-configuration';

/** k8s.io/apiserver validation ValidateAuthenticationConfiguration, with its paths and wording. */
export function validateAuthentication({ anonymous }: AuthenticationConfiguration): FieldError[] {
  if (!anonymous || anonymous.enabled || !anonymous.conditions?.length) return [];
  const why = 'enabled should be set to true when conditions are defined';
  return [field.invalid('anonymous.conditions', anonymous.conditions, why)];
}
