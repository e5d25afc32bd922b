import type { EndpointSlice } from '../meta/json-types';
import { age, ageColumn, column, defineKind, listWithMore, nameColumn } from '../registry/define-kind';
import { ipWarnings } from '../validation/ip-warnings';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation';

const orUnset = (text: string): string => text || '<unset>';

/** What a controller writes is written as it should be. */
function addressWarnings({ metadata, addressType, endpoints }: EndpointSlice): string[] {
  const isOurs = (metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '').endsWith('-controller.k8s.io');
  if (isOurs || addressType === 'FQDN') return [];
  return (endpoints ?? []).flatMap(({ addresses }, index) =>
    (addresses ?? []).flatMap((ip, at) => ipWarnings(ip, `endpoints[${index}].addresses[${at}]`)),
  );
}

const portsText = (slice: EndpointSlice): string =>
  orUnset(
    listWithMore((slice.ports ?? []).map(({ port, name }) => (port !== undefined ? String(port) : (name ?? '*')))),
  );

const endpointsText = (slice: EndpointSlice): string =>
  orUnset(listWithMore((slice.endpoints ?? []).flatMap(({ addresses }) => addresses ?? [])));

export const endpointSliceDefinition = defineKind({
  group: 'discovery.k8s.io',
  version: 'v1',
  kind: 'EndpointSlice',
  plural: 'endpointslices',
  namespaced: true,
  definition: 'io.k8s.api.discovery.v1.EndpointSlice',
  hasGeneration: true,
  strategy: {
    validate: validateEndpointSlice,
    validateUpdate: validateEndpointSliceUpdate,
    warnings: addressWarnings,
  },
  columns: [nameColumn, column('AddressType'), column('Ports'), column('Endpoints'), ageColumn],
  cells: (slice: EndpointSlice, now: Date) => [
    slice.metadata.name,
    slice.addressType,
    portsText(slice),
    endpointsText(slice),
    age(slice, now),
  ],
});
