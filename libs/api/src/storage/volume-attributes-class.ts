import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { VolumeAttributesClass } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { semanticEqual } from '../meta/semantic-equal';

function validate({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  return [
    ...(driverName ? [] : [field.required('driverName')]),
    ...(Object.keys(parameters ?? {}).length > 0
      ? []
      : [field.required('parameters', 'must contain at least one key/value pair')]),
  ];
}

export const volumeAttributesClassDefinition = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'VolumeAttributesClass',
  plural: 'volumeattributesclasses',
  shortNames: ['vac'],
  namespaced: false,
  definition: 'io.k8s.api.storage.v1.VolumeAttributesClass',
  strategy: {
    validate,
    validateUpdate: (attributes: VolumeAttributesClass, old: VolumeAttributesClass) =>
      (['driverName', 'parameters'] as const)
        .filter((name) => !semanticEqual(attributes[name], old[name]))
        .map((name) => field.forbidden(name, `updates to ${name} are forbidden.`)),
  },
  columns: [nameColumn, column('DriverName'), ageColumn],
  cells: (attributes: VolumeAttributesClass, now: Date) => [
    attributes.metadata.name,
    attributes.driverName,
    age(attributes, now),
  ],
});
