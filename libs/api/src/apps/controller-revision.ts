import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ControllerRevision } from '../meta/json-types';
import { controllerOf } from '../meta/owner-reference';
import { age, ageColumn, column, defineKind, nameColumn, orNone } from '../registry/define-kind';
import { validateImmutable, validateNonNegative } from '../validation/checks';

function validate({ data, revision }: ControllerRevision): FieldError[] {
  return [
    ...(data === undefined || data === null ? [field.required('data', 'data is mandatory')] : []),
    ...validateNonNegative(revision, 'revision'),
  ];
}

/** "statefulset.apps/web" */
function controllerName(revision: ControllerRevision): string {
  const owner = controllerOf(revision);
  if (!owner) return '';
  const [group, version] = owner.apiVersion.split('/');
  return `${owner.kind.toLowerCase()}${version ? `.${group}` : ''}/${owner.name}`;
}

export const controllerRevisionDefinition = defineKind({
  group: 'apps',
  version: 'v1',
  kind: 'ControllerRevision',
  plural: 'controllerrevisions',
  namespaced: true,
  definition: 'io.k8s.api.apps.v1.ControllerRevision',
  strategy: {
    validate,
    validateUpdate: (revision: ControllerRevision, old: ControllerRevision) => [
      ...validate(revision),
      ...validateImmutable(revision.data, old.data, 'data'),
    ],
  },
  columns: [
    nameColumn,
    column('Controller', 'string', 'Controller of the object'),
    column('Revision', 'string', 'Revision indicates the revision of the state represented by Data.'),
    ageColumn,
  ],
  cells: (revision: ControllerRevision, now: Date) => [
    revision.metadata.name,
    orNone(controllerName(revision)),
    revision.revision,
    age(revision, now),
  ],
});
