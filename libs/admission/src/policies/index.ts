export { policyHooks, type PolicyHook, type PolicySource } from './policy-hook';
export type { PolicyForms } from './policy-forms';
export type { PolicyDependencies } from './policy-request';
export { compileValidatingPolicy, type ValidatingHook } from './validating-policy';
export { ValidatingAdmissionPolicyPlugin } from './validating-admission-policy.plugin';
export { compileMutatingPolicy, type MutatingHook } from './mutating-policy';
export { MutatingAdmissionPolicyPlugin } from './mutating-admission-policy.plugin';
