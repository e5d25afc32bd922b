import { applyConfigurationType, CelType, jsonPatchType, listOf } from '@nestor/cel';
import type { FieldError } from '../../errors/field-error';
import { field } from '../../errors/field-error';
import type { DeepReadonly, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '../../meta/json-types';
import { validateMatchConditions } from '../match-conditions-validation';
import {
  validateMatchConstraints,
  validateMatchResources,
  validateMutatingOperations,
} from './match-resources-validation';
import { validateParamKind, validateParamRef, validatePolicyName } from './params-validation';
import { ExpressionRules, validateExpression, validateVariables } from './policy-expressions';
import { validateFailurePolicy } from './validating-policy-validation';

type Spec = NonNullable<DeepReadonly<MutatingAdmissionPolicy>['spec']>;
type Mutation = NonNullable<Spec['mutations']>[number];

const reinvocationPolicies = ['IfNeeded', 'Never'];
const patchTypes = ['ApplyConfiguration', 'JSONPatch'];

export function validateMutatingPolicy({ spec = {} }: MutatingAdmissionPolicy): FieldError[] {
  const { mutations = [], matchConditions, paramKind, matchConstraints } = spec as Spec;
  const rules: ExpressionRules = { params: paramKind !== undefined, authorizer: true };
  const { errors: variableErrors, types: variables } = validateVariables(spec.variables, rules, 'spec.variables');
  return [
    ...validateFailurePolicy(spec.failurePolicy),
    ...(paramKind ? validateParamKind(paramKind, 'spec.paramKind') : []),
    ...validateMatchConstraints(matchConstraints, 'spec.matchConstraints'),
    ...validateMutatingOperations(matchConstraints, 'spec.matchConstraints'),
    ...validateMatchConditions(matchConditions, 'spec.matchConditions', rules.params),
    ...variableErrors,
    ...(mutations.length ? [] : [field.required('spec.mutations', 'mutations must contain at least one item')]),
    ...mutations.flatMap((one, at) =>
      validateMutation(one, { ...rules, variables, patches: true }, `spec.mutations[${at}]`),
    ),
    ...validateReinvocation(spec.reinvocationPolicy),
  ];
}

function validateReinvocation(policy: string | undefined): FieldError[] {
  if (!policy) return [field.required('spec.reinvocationPolicy')];
  const known = reinvocationPolicies.includes(policy);
  return known ? [] : [field.notSupported('spec.reinvocationPolicy', policy, reinvocationPolicies)];
}

function validateMutation(mutation: Mutation, rules: ExpressionRules, path: string): FieldError[] {
  const { patchType, jsonPatch, applyConfiguration } = mutation;
  const json = { name: 'jsonPatch', patch: jsonPatch, type: listOf(jsonPatchType) };
  const apply = { name: 'applyConfiguration', patch: applyConfiguration, type: applyConfigurationType };
  switch (patchType) {
    case 'JSONPatch':
      return validatePatch(json, apply, { patchType, rules, path });
    case 'ApplyConfiguration':
      return validatePatch(apply, json, { patchType, rules, path });
    case undefined:
    case '':
      return [field.required(`${path}.patchType`)];
    default:
      return [field.notSupported(`${path}.patchType`, patchType, patchTypes)];
  }
}

interface Patch {
  readonly name: string;
  readonly patch?: { readonly expression?: string };
  readonly type: CelType;
}

function validatePatch(
  wanted: Patch,
  other: Patch,
  { patchType, rules, path }: { patchType: string; rules: ExpressionRules; path: string },
): FieldError[] {
  const errors: FieldError[] = [];
  const expression = wanted.patch?.expression?.trim();
  if (!wanted.patch) {
    errors.push(field.required(`${path}.${wanted.name}`, `must be specified when patchType is ${patchType}`));
  } else if (!expression) errors.push(field.required(`${path}.${wanted.name}.expression`));
  else
    errors.push(
      ...validateExpression(expression, { ...rules, types: [wanted.type] }, `${path}.${wanted.name}.expression`),
    );
  if (other.patch) {
    const detail = `must not be specified when patchType is ${patchType}`;
    errors.push(field.invalid(`${path}.${other.name}`, `{${other.name}}`, detail));
  }
  return errors;
}

export function validateMutatingBinding({ spec }: MutatingAdmissionPolicyBinding): FieldError[] {
  return [
    ...validatePolicyName(spec?.policyName, 'spec.policyName'),
    ...validateParamRef(spec?.paramRef, 'spec.paramRef'),
    ...(spec?.matchResources ? validateMatchResources(spec.matchResources, 'spec.matchResources') : []),
    ...validateMutatingOperations(spec?.matchResources, 'spec.matchResources'),
  ];
}
