import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type {
  DeepReadonly,
  LabelSelector,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '../../meta/json-types';
import { validateLabelSelector } from '../../meta/label-selector';
import { isDns1035Label, isDns1123Subdomain, isPathSegmentName } from '../../meta/names';
import { invalidEach } from '../../validation/checks';

type ParamKind = NonNullable<NonNullable<DeepReadonly<ValidatingAdmissionPolicy>['spec']>['paramKind']>;
type ParamRef = NonNullable<NonNullable<DeepReadonly<ValidatingAdmissionPolicyBinding>['spec']>['paramRef']>;

export function validateParamKind({ apiVersion, kind }: ParamKind, path: string): FieldError[] {
  const errors = validateApiVersion(apiVersion ?? '', `${path}.apiVersion`);
  if (!kind) return [...errors, field.required(`${path}.kind`)];
  const problems = isDns1035Label(kind.toLowerCase());
  if (problems.length === 0) return errors;
  const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
  return [...errors, field.invalid(`${path}.kind`, kind, detail)];
}

function validateApiVersion(apiVersion: string, path: string): FieldError[] {
  if (apiVersion === '') return [field.required(path)];
  const parts = apiVersion.split('/');
  if (parts.length > 2) {
    return [field.invalid(path, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  }
  const [group = '', version = ''] = parts.length === 2 ? parts : ['', apiVersion];
  const wrongGroup = group === '' ? [] : isDns1123Subdomain(group);
  const errors = wrongGroup.length ? [field.invalid(path, group, wrongGroup.join(','))] : [];
  if (version === '') return [...errors, field.invalid(path, apiVersion, 'version must be specified')];
  const wrongVersion = isDns1035Label(version);
  if (wrongVersion.length) errors.push(field.invalid(path, version, wrongVersion.join(',')));
  return errors;
}

const notFoundActions = ['Deny', 'Allow'];

export function validateParamRef(ref: ParamRef | undefined, path: string): FieldError[] {
  if (!ref) return [];
  const { name = '', selector, parameterNotFoundAction: action } = ref;
  const errors = name === '' ? [] : invalidEach(name, isPathSegmentName(name), `${path}.name`);
  const exclusive = 'name and selector are mutually exclusive';
  if (name !== '' && selector) errors.push(field.forbidden(`${path}.name`, exclusive));
  if (selector) {
    errors.push(...validateLabelSelector(selector as LabelSelector, `${path}.selector`));
    if (name !== '') errors.push(field.forbidden(`${path}.selector`, exclusive));
  }
  if (name === '' && !selector) errors.push(field.required(path, 'one of name or selector must be specified'));
  if (!action) errors.push(field.required(`${path}.parameterNotFoundAction`));
  else if (!notFoundActions.includes(action)) {
    errors.push(field.notSupported(`${path}.parameterNotFoundAction`, action, notFoundActions));
  }
  return errors;
}

export function validatePolicyName(name: string | undefined, path: string): FieldError[] {
  return name ? invalidEach(name, isDns1123Subdomain(name), path) : [field.required(path)];
}
