import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ApiService } from '../meta/json-types';
import { isDns1035Label, isDns1123Subdomain } from '../meta/names';
import { invalidEach } from '../validation/checks';

const maxGroupPriority = 20_000;
const maxVersionPriority = 1000;

/** ValidateAPIService */
export function validateApiService({ metadata, spec }: ApiService): FieldError[] {
  if (!spec) return [field.required('spec')];
  const { group = '', version = '', groupPriorityMinimum: priority, versionPriority } = spec;
  const name = `${version}.${group}`;
  const errors: FieldError[] = [];
  if (metadata.name !== name) {
    const text = `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(name)}`;
    errors.push(field.invalid('metadata.name', metadata.name, text));
  }
  if (group === '' && version !== 'v1') {
    errors.push(field.required('spec.group', 'only v1 may have an empty group and it better be legacy kube'));
  }
  if (group !== '') errors.push(...invalidEach(group, isDns1123Subdomain(group), 'spec.group'));
  errors.push(...invalidEach(version, isDns1035Label(version), 'spec.version'));
  if (priority <= 0 || priority > maxGroupPriority) {
    errors.push(field.invalid('spec.groupPriorityMinimum', priority, 'must be positive and less than 20000'));
  }
  if (versionPriority <= 0 || versionPriority > maxVersionPriority) {
    errors.push(field.invalid('spec.versionPriority', versionPriority, 'must be positive and less than 1000'));
  }
  return [...errors, ...(spec.service ? validateRemote(spec) : validateLocal(spec))];
}

type Spec = NonNullable<ApiService['spec']>;

function validateLocal({ caBundle, insecureSkipTLSVerify }: Spec): FieldError[] {
  const errors: FieldError[] = [];
  if (caBundle) {
    const size = `${Buffer.from(caBundle, 'base64').length} bytes`;
    errors.push(field.invalid('spec.caBundle', size, 'local APIServices may not have a caBundle'));
  }
  if (insecureSkipTLSVerify) {
    const text = 'local APIServices may not have insecureSkipTLSVerify';
    errors.push(field.invalid('spec.insecureSkipTLSVerify', true, text));
  }
  return errors;
}

function validateRemote({ service, caBundle, insecureSkipTLSVerify }: Spec): FieldError[] {
  const errors: FieldError[] = [];
  if (!service?.namespace) errors.push(field.required('spec.service.namespace'));
  if (!service?.name) errors.push(field.required('spec.service.name'));
  if (insecureSkipTLSVerify && caBundle) {
    errors.push(field.invalid('spec.insecureSkipTLSVerify', true, 'may not be true if caBundle is present'));
  }
  return errors;
}

const statuses = ['True', 'False', 'Unknown'];

export function validateApiServiceStatus({ status }: ApiService): FieldError[] {
  return (status?.conditions ?? []).flatMap((condition, index) =>
    statuses.includes(condition.status)
      ? []
      : [field.notSupported(`status.conditions[${index}].status`, condition.status, statuses)],
  );
}
