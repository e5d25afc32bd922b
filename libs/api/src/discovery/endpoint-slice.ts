import type { EndpointSlice } from '../meta/json-types';
import { age, ageColumn, column, defineKind, listWithMore, nameColumn } from '../registry/define-kind';
import { validateEndpointSlice, validateEndpointSliceUpdate } from './endpoint-slice-validation';

const orUnset = (text: string): string => text || '<unset>';

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
