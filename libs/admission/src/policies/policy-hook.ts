import { compileCriteria, CompiledCriteria } from '../matching';
import type { MatchCriteria } from '../matching';

interface MatchResources extends Omit<MatchCriteria, 'rules' | 'excludeRules'> {
  readonly resourceRules?: MatchCriteria['rules'];
  readonly excludeResourceRules?: MatchCriteria['rules'];
}

/** A policy that is in force, compiled, with what puts it there. */
export interface PolicyHook<Policy, Binding, Compiled> {
  readonly name: string;
  readonly policy: Policy;
  readonly criteria: CompiledCriteria;
  readonly compiled: Compiled;
  readonly bindings: readonly {
    readonly name: string;
    readonly binding: Binding;
    readonly criteria: CompiledCriteria;
  }[];
}

/** The policies that are in force now. */
export interface PolicySource<Hook> {
  readonly hooks: readonly Hook[];
}

interface Named {
  readonly metadata: { readonly name?: string };
}

/** Policies with their bindings, in the order of their names; those that no binding names are in no force. */
export function policyHooks<
  Policy extends Named & { readonly spec?: { readonly matchConstraints?: unknown } },
  Binding extends Named & { readonly spec?: { readonly policyName?: string; readonly matchResources?: unknown } },
  Compiled,
>(
  policies: readonly Policy[],
  bindings: readonly Binding[],
  compile: (policy: Policy) => Compiled,
): PolicyHook<Policy, Binding, Compiled>[] {
  const byName = (a: Named, b: Named): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
  return [...policies].sort(byName).flatMap((policy) => {
    const name = policy.metadata.name ?? '';
    const own = bindings.filter(({ spec }) => spec?.policyName === name).sort(byName);
    if (own.length === 0) return [];
    return {
      name,
      policy,
      criteria: criteriaOf(policy.spec?.matchConstraints),
      compiled: compile(policy),
      bindings: own.map((binding) => ({
        name: binding.metadata.name ?? '',
        binding,
        criteria: criteriaOf(binding.spec?.matchResources),
      })),
    };
  });
}

/** Without resource rules everything is meant that the rest lets through. */
function criteriaOf(match: unknown): CompiledCriteria {
  const { resourceRules, excludeResourceRules, ...selectors } = (match ?? {}) as MatchResources;
  return compileCriteria({
    ...selectors,
    ...(resourceRules?.length ? { rules: resourceRules } : {}),
    ...(excludeResourceRules?.length ? { excludeRules: excludeResourceRules } : {}),
  });
}
