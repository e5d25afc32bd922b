import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { Endpoints } from '../meta/json-types';
import { isDns1123Label, isPortNumber } from '../meta/names';
import { age, ageColumn, column, defineKind, listWithMore, nameColumn } from '../registry/define-kind';
import { invalidEach, validateOneOf } from '../validation/checks';
import { ipWarnings } from '../validation/ip-warnings';
import { validateEndpointIp } from './endpoint-ip';

type Subset = NonNullable<Endpoints['subsets']>[number];

const bracketed = (ip: string): string => (ip.includes(':') ? `[${ip}]` : ip);

function endpointsText(endpoints: Endpoints): string {
  if (!endpoints.subsets?.length) return '<none>';
  const items = endpoints.subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => `${bracketed(ip)}:${port}`)),
  );
  return listWithMore(items);
}

function validateSubset(subset: Subset, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  if (addresses.length === 0 && notReadyAddresses.length === 0) {
    errors.push(field.required(path, 'must specify `addresses` or `notReadyAddresses`'));
  }
  addresses.forEach(({ ip }, index) => errors.push(...validateEndpointIp(ip, `${path}.addresses[${index}].ip`)));
  notReadyAddresses.forEach(({ ip }, index) =>
    errors.push(...validateEndpointIp(ip, `${path}.notReadyAddresses[${index}].ip`)),
  );
  ports.forEach((port, index) => {
    const at = `${path}.ports[${index}]`;
    if (!port.name && ports.length > 1) errors.push(field.required(`${at}.name`));
    else if (port.name) errors.push(...invalidEach(port.name, isDns1123Label(port.name), `${at}.name`));
    errors.push(...invalidEach(port.port, isPortNumber(port.port), `${at}.port`));
    errors.push(...validateOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`));
  });
  return errors;
}

/** The controller writes addresses as they should be. */
function addressWarnings({ metadata, subsets }: Endpoints): string[] {
  if (metadata.labels?.['endpoints.kubernetes.io/managed-by'] === 'endpoint-controller') return [];
  return (subsets ?? []).flatMap(({ addresses, notReadyAddresses }, index) =>
    Object.entries({ addresses, notReadyAddresses }).flatMap(([name, list]) =>
      (list ?? []).flatMap(({ ip }, at) => ipWarnings(ip, `subsets[${index}].${name}[${at}].ip`)),
    ),
  );
}

const validate = (endpoints: Endpoints): FieldError[] =>
  (endpoints.subsets ?? []).flatMap((subset, index) => validateSubset(subset, `subsets[${index}]`));

export const endpointsDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'Endpoints',
  plural: 'endpoints',
  shortNames: ['ep'],
  listKind: 'EndpointsList',
  namespaced: true,
  definition: 'io.k8s.api.core.v1.Endpoints',
  deprecation: 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  strategy: {
    allowCreateOnUpdate: true,
    validate,
    validateUpdate: validate,
    warnings: addressWarnings,
  },
  columns: [nameColumn, column('Endpoints'), ageColumn],
  cells: (endpoints: Endpoints, now: Date) => [endpoints.metadata.name, endpointsText(endpoints), age(endpoints, now)],
});
