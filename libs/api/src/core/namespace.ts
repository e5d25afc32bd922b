import type { Namespace } from '../meta/json-types';
import { labelName } from '../meta/object-name';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateKubernetesFinalizers } from '../meta/object-meta-validation';

const nameLabel = 'kubernetes.io/metadata.name';

/** Every namespace can be selected by name. */
function labelWithName(namespace: Namespace): void {
  const { metadata } = namespace;
  if (metadata.name) metadata.labels = { ...metadata.labels, [nameLabel]: metadata.name };
}

function prepareForCreate(namespace: Namespace): void {
  labelWithName(namespace);
  namespace.status = { phase: 'Active' };
  const finalizers = namespace.spec?.finalizers ?? [];
  namespace.spec = {
    ...namespace.spec,
    finalizers: finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes'],
  };
}

function prepareForUpdate(namespace: Namespace, old: Readonly<Namespace>, { subresource }: StrategyContext): void {
  if (subresource === 'finalize') namespace.status = old.status;
  else if (subresource === 'status') namespace.spec = old.spec;
  else {
    // spec.finalizers changes through the finalize subresource alone.
    namespace.spec = { ...namespace.spec, finalizers: old.spec?.finalizers };
    namespace.status = old.status;
  }
}

const validateFinalizers = (namespace: Namespace) => [
  ...validateKubernetesFinalizers(namespace.spec?.finalizers, 'spec.finalizers'),
  ...validateKubernetesFinalizers(namespace.metadata.finalizers, 'metadata.finalizers'),
];

export const namespaceDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'Namespace',
  plural: 'namespaces',
  shortNames: ['ns'],
  namespaced: false,
  definition: 'io.k8s.api.core.v1.Namespace',
  hasStatus: true,
  strategy: {
    nameCheck: labelName,
    setDefaults: labelWithName,
    prepareForCreate,
    prepareForUpdate,
    validate: validateFinalizers,
    validateUpdate: validateFinalizers,
  },
  columns: [nameColumn, column('Status', 'string', 'The status of the namespace'), ageColumn],
  cells: (namespace: Namespace, now: Date) => [
    namespace.metadata.name,
    namespace.status?.phase ?? '',
    age(namespace, now),
  ],
  selectableFields: (namespace: Namespace) => ({
    'status.phase': namespace.status?.phase ?? '',
    name: namespace.metadata.name ?? '',
  }),
  selectableFieldNames: ['status.phase', 'name'],
});
