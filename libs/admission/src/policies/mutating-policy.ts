import type { DeepReadonly, MutatingAdmissionPolicy, MutatingAdmissionPolicyBinding } from '@nestor/api';
import { compileConditions, ConditionsMatch } from '../match-conditions';
import { compileMutation, Mutate } from './mutation';
import { PolicyCompiler } from './policy-expressions';
import type { PolicyHook } from './policy-hook';

type Policy = DeepReadonly<MutatingAdmissionPolicy>;

export interface CompiledMutations {
  readonly compiler: PolicyCompiler;
  readonly conditions?: ConditionsMatch;
  readonly mutations: readonly Mutate[];
}

export type MutatingHook = PolicyHook<Policy, DeepReadonly<MutatingAdmissionPolicyBinding>, CompiledMutations>;

/** Compiles a policy (policy/mutating compilePolicy). */
export function compileMutatingPolicy({ spec = {} }: Policy): CompiledMutations {
  const { mutations = [], variables = [], matchConditions = [] } = spec;
  const params = spec.paramKind !== undefined;
  const compiler = new PolicyCompiler(variables, { params, authorizer: true });
  return {
    compiler,
    ...(matchConditions.length ? { conditions: compileConditions(matchConditions, params) } : {}),
    mutations: mutations.map((mutation) => compileMutation(mutation, compiler)),
  };
}
