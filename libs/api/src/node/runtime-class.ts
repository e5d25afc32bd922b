import type { FieldError } from '../errors/field-error';
import type { RuntimeClass } from '../meta/json-types';
import { validateLabels } from '../meta/labels-validation';
import { isDns1123Label } from '../meta/names';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { invalidEach, validateImmutable } from '../validation/checks';

function validate({ handler, scheduling }: RuntimeClass): FieldError[] {
  return [
    ...invalidEach(handler, isDns1123Label(handler ?? ''), 'handler'),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
  ];
}

export const runtimeClassDefinition = defineKind({
  group: 'node.k8s.io',
  version: 'v1',
  kind: 'RuntimeClass',
  plural: 'runtimeclasses',
  namespaced: false,
  definition: 'io.k8s.api.node.v1.RuntimeClass',
  strategy: {
    validate,
    validateUpdate: (runtimeClass: RuntimeClass, old: RuntimeClass) => [
      ...validate(runtimeClass),
      ...validateImmutable(runtimeClass.handler, old.handler, 'handler'),
    ],
  },
  columns: [
    nameColumn,
    column('Handler', 'string', 'The underlying runtime and configuration that the CRI implementation will use.'),
    ageColumn,
  ],
  cells: (runtimeClass: RuntimeClass, now: Date) => [
    runtimeClass.metadata.name,
    runtimeClass.handler,
    age(runtimeClass, now),
  ],
});
