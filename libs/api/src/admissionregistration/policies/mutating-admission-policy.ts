import type { MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../meta/json-types';
import { age, defineKind } from '../../registry/define-kind';
import { sameForm } from '../../registry/same-form';
import type { ResourceDefinition } from '../../resource-definition';
import { validateMutatingBinding, validateMutatingPolicy } from './mutating-policy-validation';
import { bindingColumns, paramKindCell, paramRefCell, policyColumns } from './policy-columns';
import { setBindingDefaults, setMutatingPolicyDefaults } from './policy-defaults';

const group = 'admissionregistration.k8s.io';
const stored = 'v1';
const versions = ['v1', 'v1beta1', 'v1alpha1'];

const common = (kind: string, plural: string, version: string) => ({
  group,
  version,
  kind,
  plural,
  categories: ['api-extensions'],
  namespaced: false,
  definition: `io.k8s.api.admissionregistration.${version}.${kind}`,
  hasGeneration: true,
  ...sameForm({ group, plural, version }, stored),
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
