import type { ResourceSlice } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { setTaintDefaults } from './device-defaults';
import { validateResourceSlice } from './resource-slice-validation';

/** Fields of features that are off by default in this release (DRAListTypeAttributes, DRANodeAllocatableResources). */
function dropDisabledFields({ spec }: ResourceSlice): void {
  for (const device of spec.devices ?? []) {
    delete device.nodeAllocatableResourceMappings;
    for (const attribute of Object.values(device.attributes ?? {})) {
      delete attribute.bools;
      delete attribute.ints;
      delete attribute.strings;
      delete attribute.versions;
    }
  }
}

function warnings({ spec }: ResourceSlice): string[] {
  const { driver } = spec;
  return driver === driver.toLowerCase()
    ? []
    : [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
}

/** What a driver offers on a node, or to several. */
export const resourceSliceDefinition = defineKind({
  group: 'resource.k8s.io',
  version: 'v1',
  kind: 'ResourceSlice',
  plural: 'resourceslices',
  namespaced: false,
  definition: 'io.k8s.api.resource.v1.ResourceSlice',
  hasGeneration: true,
  strategy: {
    setDefaults: setTaintDefaults,
    prepareForCreate: dropDisabledFields,
    prepareForUpdate: dropDisabledFields,
    validate: (slice: ResourceSlice) => validateResourceSlice(slice),
    validateUpdate: (slice: ResourceSlice, old: ResourceSlice) => validateResourceSlice(slice, old),
    warnings,
  },
  columns: [nameColumn, column('Node'), column('Driver'), column('Pool'), ageColumn],
  cells: (slice: ResourceSlice, now: Date) => [
    slice.metadata.name,
    slice.spec.nodeName ?? '',
    slice.spec.driver,
    slice.spec.pool?.name,
    age(slice, now),
  ],
  selectableFieldNames: ['spec.nodeName', 'spec.driver'],
  selectableFields: ({ spec }: ResourceSlice) => ({
    'spec.nodeName': spec?.nodeName ?? '',
    'spec.driver': spec?.driver ?? '',
  }),
});
