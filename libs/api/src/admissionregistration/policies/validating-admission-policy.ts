import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '../../meta/json-types';
import { age, defineKind } from '../../registry/define-kind';
import type { StrategyContext } from '../../resource-definition';
import { bindingColumns, paramKindCell, paramRefCell, policyColumns } from './policy-columns';
import { setBindingDefaults, setPolicyDefaults } from './policy-defaults';
import {
  validatePolicyStatus,
  validateValidatingBinding,
  validateValidatingPolicy,
} from './validating-policy-validation';

/** Rules in CEL that writes have to meet, once a binding puts them into force. */
export const validatingAdmissionPolicyDefinition = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicy',
  plural: 'validatingadmissionpolicies',
  categories: ['api-extensions'],
  namespaced: false,
  definition: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicy',
  hasStatus: true,
  hasGeneration: true,
  strategy: {
    setDefaults: setPolicyDefaults,
    prepareForCreate: (policy: ValidatingAdmissionPolicy) => void (policy.status = {}),
    validate: validateValidatingPolicy,
    validateUpdate: (policy: ValidatingAdmissionPolicy, _old, { subresource }: StrategyContext) =>
      subresource === 'status' ? validatePolicyStatus(policy) : validateValidatingPolicy(policy),
  },
  columns: policyColumns(
    'Validations',
    'Validations indicates the number of validation rules defined in this configuration',
  ),
  cells: (policy: ValidatingAdmissionPolicy, now) => [
    policy.metadata.name,
    policy.spec?.validations?.length ?? 0,
    paramKindCell(policy.spec),
    age(policy, now),
  ],
});

/** Puts a policy into force: for what, with which params, and with what to follow. */
export const validatingAdmissionPolicyBindingDefinition = defineKind({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  plural: 'validatingadmissionpolicybindings',
  categories: ['api-extensions'],
  namespaced: false,
  definition: 'io.k8s.api.admissionregistration.v1.ValidatingAdmissionPolicyBinding',
  hasGeneration: true,
  strategy: { setDefaults: setBindingDefaults, validate: validateValidatingBinding },
  columns: bindingColumns,
  cells: (binding: ValidatingAdmissionPolicyBinding, now) => [
    binding.metadata.name,
    binding.spec?.policyName,
    paramRefCell(binding.spec),
    age(binding, now),
  ],
});
