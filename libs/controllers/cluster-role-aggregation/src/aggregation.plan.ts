import { matchesLabelSelector, type ClusterRole, type DeepReadonly } from '@nestor/api';

type Rules = NonNullable<ClusterRole['rules']>;

/**
 * The rules of a role that gathers others: those of every role that one of its selectors matches, in the order of the
 * roles' names, each once. undefined where the role gathers nothing or has them already.
 */
export function aggregatedRules(
  role: DeepReadonly<ClusterRole>,
  others: readonly DeepReadonly<ClusterRole>[],
): Rules | undefined {
  if (!role.aggregationRule || role.metadata.deletionTimestamp) return undefined;
  const rules = new Map<string, Rules[number]>();
  for (const selector of role.aggregationRule.clusterRoleSelectors ?? []) {
    const chosen = others
      .filter(({ metadata }) => metadata.name !== role.metadata.name && matchesLabelSelector(selector, metadata.labels))
      .sort((a, b) => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1));
    for (const rule of chosen.flatMap((other) => other.rules ?? [])) {
      const key = JSON.stringify(rule);
      if (!rules.has(key)) rules.set(key, rule as Rules[number]);
    }
  }
  const wanted = [...rules.values()];
  return JSON.stringify(wanted) === JSON.stringify(role.rules ?? []) ? undefined : wanted;
}
