import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
} from '../../meta/json-types';

type MatchResources = NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['matchConstraints']>;
type Policy = ValidatingAdmissionPolicy | MutatingAdmissionPolicy;

function setMatchDefaults(match: MatchResources | undefined): void {
  if (!match) return;
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
  for (const rule of [...(match.resourceRules ?? []), ...(match.excludeResourceRules ?? [])]) rule.scope ??= '*';
}

export function setPolicyDefaults({ spec }: Policy): void {
  if (!spec) return;
  spec.failurePolicy ??= 'Fail';
  setMatchDefaults(spec.matchConstraints);
}

export function setMutatingPolicyDefaults(policy: MutatingAdmissionPolicy): void {
  setPolicyDefaults(policy);
  if (policy.spec) policy.spec.reinvocationPolicy ||= 'Never';
}

export function setBindingDefaults({ spec }: MutatingAdmissionPolicyBinding): void {
  setMatchDefaults(spec?.matchResources);
  if (spec?.paramRef) spec.paramRef.parameterNotFoundAction ??= 'Deny';
}
