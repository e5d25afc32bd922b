import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ClusterRoleBinding, RoleBinding } from '../meta/json-types';
import { isDns1123Subdomain, isPathSegmentName } from '../meta/names';
import { invalidEach } from '../validation/checks';

export const rbacGroup = 'rbac.authorization.k8s.io';

type Binding = RoleBinding | ClusterRoleBinding;
type Subject = NonNullable<RoleBinding['subjects']>[number];

export function validateBinding({ roleRef, subjects }: Binding, isNamespaced: boolean): FieldError[] {
  return [
    ...validateRoleRef(roleRef, isNamespaced ? ['Role', 'ClusterRole'] : ['ClusterRole']),
    ...(subjects ?? []).flatMap((subject, index) => validateSubject(subject, isNamespaced, `subjects[${index}]`)),
  ];
}

export function validateBindingUpdate(binding: Binding, old: Readonly<Binding>, isNamespaced: boolean): FieldError[] {
  const { roleRef: now } = binding;
  const { roleRef: before } = old;
  const isSame = now.apiGroup === before.apiGroup && now.kind === before.kind && now.name === before.name;
  return [
    ...validateBinding(binding, isNamespaced),
    ...(isSame ? [] : [field.invalid('roleRef', now, 'cannot change roleRef')]),
  ];
}

function validateRoleRef({ apiGroup, kind, name }: Binding['roleRef'], kinds: readonly string[]): FieldError[] {
  return [
    ...(apiGroup === rbacGroup ? [] : [field.notSupported('roleRef.apiGroup', apiGroup, [rbacGroup])]),
    ...(kinds.includes(kind) ? [] : [field.notSupported('roleRef.kind', kind, kinds)]),
    ...(name ? invalidEach(name, isPathSegmentName(name), 'roleRef.name') : [field.required('roleRef.name')]),
  ];
}

/** ValidateRoleBindingSubject */
function validateSubject(subject: Subject, isNamespaced: boolean, path: string): FieldError[] {
  const errors = subject.name ? [] : [field.required(`${path}.name`)];
  switch (subject.kind) {
    case 'ServiceAccount':
      return [...errors, ...validateAccount(subject, isNamespaced, path)];
    case 'User':
    case 'Group':
      if (subject.apiGroup !== rbacGroup) {
        errors.push(field.notSupported(`${path}.apiGroup`, subject.apiGroup ?? '', [rbacGroup]));
      }
      return errors;
    default:
      return [...errors, field.notSupported(`${path}.kind`, subject.kind, ['ServiceAccount', 'User', 'Group'])];
  }
}

function validateAccount({ name, apiGroup, namespace }: Subject, isNamespaced: boolean, path: string): FieldError[] {
  return [
    ...(name ? invalidEach(name, isDns1123Subdomain(name), `${path}.name`) : []),
    ...(apiGroup ? [field.notSupported(`${path}.apiGroup`, apiGroup, [''])] : []),
    ...(!isNamespaced && !namespace ? [field.required(`${path}.namespace`)] : []),
  ];
}
