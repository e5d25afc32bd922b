import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { CsiNode } from '../meta/json-types';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';

function validate({ spec }: CsiNode): FieldError[] {
  const seen = new Set<string>();
  return (spec.drivers ?? []).flatMap(({ name, nodeID, allocatable }, at) => {
    const path = `spec.drivers[${at}]`;
    const errors: FieldError[] = [];
    if (!name) errors.push(field.required(`${path}.name`));
    if (!nodeID) errors.push(field.required(`${path}.nodeID`));
    if ((allocatable?.count ?? 0) < 0)
      errors.push(field.invalid(`${path}.allocatable.count`, allocatable?.count, 'must be greater than or equal to 0'));
    if (seen.has(name)) errors.push(field.duplicate(`${path}.name`, name));
    seen.add(name);
    return errors;
  });
}

export const csiNodeDefinition = defineKind({
  group: 'storage.k8s.io',
  version: 'v1',
  kind: 'CSINode',
  plural: 'csinodes',
  namespaced: false,
  definition: 'io.k8s.api.storage.v1.CSINode',
  strategy: { validate, validateUpdate: validate },
  columns: [nameColumn, column('Drivers', 'integer'), ageColumn],
  cells: (node: CsiNode, now: Date) => [node.metadata.name, (node.spec.drivers ?? []).length, age(node, now)],
});
