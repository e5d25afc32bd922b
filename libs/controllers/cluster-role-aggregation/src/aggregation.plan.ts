import { labelSelectorMatcher, type ClusterRole, type DeepReadonly } from '@nestor/api';

type Role = DeepReadonly<ClusterRole>;
type Rules = NonNullable<ClusterRole['rules']>;

const byName = (a: Role, b: Role): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);

/**
 * The rules of a role that gathers others: those of every role that one of its selectors matches, in the order of the
 * roles' names, each once. undefined where the role gathers nothing or has them already.
 */
export function aggregatedRules(role: Role, others: readonly Role[]): Rules | undefined {
  if (!role.aggregationRule || role.metadata.deletionTimestamp) return undefined;
  const sorted = others.filter(({ metadata }) => metadata.name !== role.metadata.name).sort(byName);
  const rules = new Map<string, Rules[number]>();
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    const matches = labelSelectorMatcher(selector);
    for (const other of sorted) {
      if (!matches(other.metadata.labels ?? {})) continue;
      for (const rule of other.rules ?? []) rules.set(JSON.stringify(rule), rule as Rules[number]);
    }
  }
  const wanted = [...rules.values()];
  return JSON.stringify(wanted) === JSON.stringify(role.rules ?? []) ? undefined : wanted;
}
