import type { CustomResourceDefinition } from '../meta/json-types';
import { column, defineKind, nameColumn } from '../registry/define-kind';
import type { StrategyContext } from '../resource-definition';
import { validateCrd, validateCrdUpdate } from './crd-validation';

function setDefaults({ spec }: CustomResourceDefinition): void {
  const names = spec?.names;
  if (!names?.kind) return;
  names.singular ||= names.kind.toLowerCase();
  names.listKind ||= `${names.kind}List`;
}

const storageVersion = (crd: CustomResourceDefinition): string | undefined =>
  crd.spec.versions?.find(({ storage }) => storage)?.name;

function prepareForCreate(crd: CustomResourceDefinition): void {
  const stored = storageVersion(crd);
  crd.status = {
    conditions: [],
    acceptedNames: { plural: '', kind: '' },
    storedVersions: stored === undefined ? [] : [stored],
  };
}

/** A version that becomes the storage version joins those that objects may still be stored at. */
function prepareForUpdate(
  crd: CustomResourceDefinition,
  old: Readonly<CustomResourceDefinition>,
  { subresource }: StrategyContext,
): void {
  if (subresource === 'status') {
    crd.spec = old.spec;
    crd.metadata = {
      ...old.metadata,
      managedFields: crd.metadata.managedFields,
      resourceVersion: crd.metadata.resourceVersion,
    };
    return;
  }
  const stored = storageVersion(crd);
  const before = old.status?.storedVersions ?? [];
  crd.status = {
    ...old.status,
    storedVersions: stored === undefined || before.includes(stored) ? before : [...before, stored],
  };
}

export const customResourceDefinitionDefinition = defineKind({
  group: 'apiextensions.k8s.io',
  version: 'v1',
  kind: 'CustomResourceDefinition',
  plural: 'customresourcedefinitions',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  definition: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    setDefaults,
    prepareForCreate,
    prepareForUpdate,
    validate: validateCrd,
    validateUpdate: (crd: CustomResourceDefinition, old: CustomResourceDefinition, { subresource }: StrategyContext) =>
      subresource === 'status' ? [] : validateCrdUpdate(crd, old),
  },
  columns: [nameColumn, column('Created At', 'date')],
  cells: (crd: CustomResourceDefinition) => [crd.metadata.name, crd.metadata.creationTimestamp],
});
