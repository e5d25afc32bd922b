import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import { isDns1123Label, isDns1123Subdomain, type NameCheck } from '../meta/names';

/** The messages of the first label that is none: those of the others would read the same. */
function firstBadLabel(text: string, check: NameCheck, path: string): FieldError[] {
  for (const label of text.split('.')) {
    const messages = check(label);
    if (messages.length === 0) continue;
    return messages.map((message) =>
      field.invalid(path, text, `validating label ${JSON.stringify(label)}: ${message}`),
    );
  }
  return [];
}

/** ValidateSignerName: example.com/signer-name */
export function validateSignerName(name: string | undefined, path: string): FieldError[] {
  if (!name) return [field.required(path)];
  const [domain = '', signer = '', ...rest] = name.split('/');
  if (!name.includes('/') || rest.length > 0) {
    const text = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    return [field.invalid(path, name, text)];
  }
  const errors = firstBadLabel(domain, isDns1123Label, path);
  if (!domain.includes('.')) {
    errors.push(field.invalid(path, domain, 'should be a domain with at least two segments separated by dots'));
  }
  return [...errors, ...firstBadLabel(signer, isDns1123Subdomain, path)];
}
