import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { IpAddress } from '../meta/json-types';
import { formatIp, parseIp } from '../meta/ip-range';
import { isDns1123Subdomain, isPathSegmentName } from '../meta/names';
import { age, ageColumn, column, defineKind, nameColumn, orNone } from '../registry/define-kind';
import { invalidEach, validateImmutable } from '../validation/checks';

type ParentReference = NonNullable<NonNullable<IpAddress['spec']>['parentRef']>;

export const ipFamilyLabel = 'ipaddress.kubernetes.io/ip-family';
export const ipManagedByLabel = 'ipaddress.kubernetes.io/managed-by';
/** Who made the addresses that belong to Services. */
export const ipAllocator = 'ipallocator.k8s.io';

/** The name is the address, so that no two objects can hold one. */
function checkName(name: string): string[] {
  const ip = parseIp(name);
  if (!ip) return [`ParseAddr(${JSON.stringify(name)}): unable to parse IP`];
  return formatIp(ip) === name ? [] : ['must be a canonical format IP address'];
}

function validateParent(parent: ParentReference | undefined, path: string): FieldError[] {
  if (!parent) return [field.required(path)];
  const { group, resource, name, namespace } = parent;
  return [
    ...(group ? invalidEach(group, isDns1123Subdomain(group), `${path}.group`) : []),
    ...segment(resource, `${path}.resource`, true),
    ...segment(name, `${path}.name`, true),
    ...segment(namespace, `${path}.namespace`, false),
  ];
}

function segment(value: string | undefined, path: string, isRequired: boolean): FieldError[] {
  if (value) return invalidEach(value, isPathSegmentName(value), path);
  return isRequired ? [field.required(path)] : [];
}

function parentText({ spec }: IpAddress): string {
  const { group, resource, namespace, name } = spec?.parentRef ?? {};
  if (!resource) return '';
  return [group ? `${resource}.${group}` : resource, namespace, name].filter(Boolean).join('/');
}

export const ipAddressDefinition = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'IPAddress',
  plural: 'ipaddresses',
  shortNames: ['ip'],
  namespaced: false,
  definition: 'io.k8s.api.networking.v1.IPAddress',
  strategy: {
    nameCheck: checkName,
    validate: ({ spec }: IpAddress) => validateParent(spec?.parentRef, 'spec.parentRef'),
    validateUpdate: ({ spec }: IpAddress, old: IpAddress) =>
      validateImmutable(spec?.parentRef, old.spec?.parentRef, 'spec.parentRef'),
  },
  columns: [
    nameColumn,
    column(
      'ParentRef',
      'string',
      'ParentRef references the resource that an IPAddress is attached to. An IPAddress must reference a parent object.',
    ),
    ageColumn,
  ],
  cells: (address: IpAddress, now: Date) => [address.metadata.name, orNone(parentText(address)), age(address, now)],
});
