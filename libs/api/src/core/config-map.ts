import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ConfigMap } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { isConfigMapKey } from '../meta/names';
import { immutableDataErrors, maxDataSize } from './immutable-data';

const binarySize = (base64: string): number => Buffer.from(base64, 'base64').length;

function validate(map: ConfigMap): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  for (const [key, value] of Object.entries(map.data ?? {})) {
    for (const problem of isConfigMapKey(key)) errors.push(field.invalid(`data[${key}]`, key, problem));
    if (map.binaryData?.[key] !== undefined) {
      errors.push(field.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'));
    }
    size += Buffer.byteLength(value);
  }
  for (const [key, value] of Object.entries(map.binaryData ?? {})) {
    for (const problem of isConfigMapKey(key)) errors.push(field.invalid(`binaryData[${key}]`, key, problem));
    size += binarySize(value);
  }
  // Upstream reports the size without a field of its own.
  if (size > maxDataSize) errors.push(field.tooLong('', maxDataSize));
  return errors;
}

const validateUpdate = (map: ConfigMap, old: Readonly<ConfigMap>): FieldError[] => [
  ...(old.immutable ? immutableDataErrors(map, old, ['data', 'binaryData']) : []),
  ...validate(map),
];

export const configMapDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  shortNames: ['cm'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.ConfigMap',
  strategy: { validate, validateUpdate },
  columns: [nameColumn, column('Data'), ageColumn],
  cells: (map: ConfigMap, now: Date) => [
    map.metadata.name,
    Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
    age(map, now),
  ],
});
