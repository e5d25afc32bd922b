import type { ApiObject, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../meta/json-types';
import { age, defineKind } from '../../registry/define-kind';
import type { ResourceConversion, ResourceDefinition } from '../../resource-definition';
import { validateMutatingBinding, validateMutatingPolicy } from './mutating-policy-validation';
import { bindingColumns, paramKindCell, paramRefCell, policyColumns } from './policy-columns';
import { setBindingDefaults, setMutatingPolicyDefaults } from './policy-defaults';

const group = 'admissionregistration.k8s.io';
const stored = 'v1';
const versions = ['v1', 'v1beta1', 'v1alpha1'];

/** The versions differ in nothing but their name. */
function conversion(version: string, plural: string): { conversion?: ResourceConversion } {
  if (version === stored) return {};
  const as = (object: ApiObject, to: string): ApiObject => ({ ...object, apiVersion: `${group}/${to}` });
  return {
    conversion: {
      storageKey: `${plural}.${group}`,
      toStorage: (object) => as(object, stored),
      fromStorage: (object) => as(object, version),
    },
  };
}

const common = (kind: string, plural: string, version: string) => ({
  group,
  version,
  kind,
  plural,
  categories: ['api-extensions'],
  namespaced: false,
  definition: `io.k8s.api.admissionregistration.${version}.${kind}`,
  hasGeneration: true,
  ...conversion(version, plural),
});

const policy = (version: string): ResourceDefinition =>
  defineKind({
    ...common('MutatingAdmissionPolicy', 'mutatingadmissionpolicies', version),
    strategy: { setDefaults: setMutatingPolicyDefaults, validate: validateMutatingPolicy },
    columns: policyColumns(
      'Mutations',
      'Mutations indicates the number of mutation rules defined in this configuration',
    ),
    cells: (one: MutatingAdmissionPolicy, now) => [
      one.metadata.name,
      one.spec?.mutations?.length ?? 0,
      paramKindCell(one.spec),
      age(one, now),
    ],
  });

const binding = (version: string): ResourceDefinition =>
  defineKind({
    ...common('MutatingAdmissionPolicyBinding', 'mutatingadmissionpolicybindings', version),
    strategy: { setDefaults: setBindingDefaults, validate: validateMutatingBinding },
    columns: bindingColumns,
    cells: (one: MutatingAdmissionPolicyBinding, now) => [
      one.metadata.name,
      one.spec?.policyName,
      paramRefCell(one.spec),
      age(one, now),
    ],
  });

/** Changes in CEL that are made to writes, and what puts them into force, at every version that is served. */
export const mutatingAdmissionPolicyDefinitions: readonly ResourceDefinition[] = versions.flatMap((version) => [
  policy(version),
  binding(version),
]);
