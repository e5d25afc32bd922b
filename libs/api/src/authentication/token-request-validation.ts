import { field, type FieldError } from '../errors/field-error';
import type { TokenRequest } from '../meta/json-types';

const minSeconds = 600;
const maxSeconds = 2 ** 32;

/** validation.ValidateTokenRequest */
export function validateTokenRequest({ spec }: TokenRequest): FieldError[] {
  const expirationSeconds = spec?.expirationSeconds ?? 0;
  const refuse = (why: string): FieldError[] => [field.invalid('spec.expirationSeconds', expirationSeconds, why)];
  if (expirationSeconds < minSeconds) return refuse('may not specify a duration less than 10 minutes');
  if (expirationSeconds > maxSeconds) return refuse('may not specify a duration larger than 2^32 seconds');
  return [];
}
