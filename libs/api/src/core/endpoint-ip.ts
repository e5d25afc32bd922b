import { isIPv6 } from 'node:net';
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isIp } from '../meta/names';
import { invalidEach } from '../validation/checks';

/** ValidateNonSpecialIP: an endpoint must not lead back to the host or to link-local services. */
export function validateEndpointIp(ip: string, path: string): FieldError[] {
  const problems = isIp(ip);
  if (problems.length) return invalidEach(ip, problems, path);
  const lower = ip.toLowerCase();
  const errors: FieldError[] = [];
  const refuse = (detail: string): void => void errors.push(field.invalid(path, ip, detail));
  if (ip === '0.0.0.0' || lower === '::') refuse(`may not be unspecified (${ip})`);
  if (ip.startsWith('127.') || lower === '::1') refuse('may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if (ip.startsWith('169.254.') || (isIPv6(ip) && /^fe[89ab]/.test(lower))) {
    refuse('may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  }
  if (ip.startsWith('224.0.0.') || lower.startsWith('ff02:')) {
    refuse('may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
  }
  return errors;
}
