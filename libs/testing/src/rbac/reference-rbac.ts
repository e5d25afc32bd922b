import type { ClusterRole, ClusterRoleBinding, RoleBinding, Rule } from './policy-objects';
import type { AccessQuestion, RbacPolicy } from './random-policy';

/**
 * RBAC as Kubernetes' documentation tells it, in the plainest way: every binding is looked at, and every rule of its
 * role. Slow and without any index: what it says, a real authorizer must say.
 */
export function rbacAllows(policy: RbacPolicy, question: AccessQuestion): boolean {
  for (const binding of policy.clusterRoleBindings) {
    if (isFor(binding, question) && rulesOfBinding(policy, binding).some((rule) => allows(rule, question))) return true;
  }
  for (const binding of policy.roleBindings) {
    if (question.namespace === '' || binding.metadata.namespace !== question.namespace) continue;
    if (isFor(binding, question) && rulesOfBinding(policy, binding).some((rule) => allows(rule, question))) return true;
  }
  return false;
}

function isFor({ subjects, metadata }: RoleBinding | ClusterRoleBinding, { user, groups }: AccessQuestion): boolean {
  for (const { kind, name, namespace } of subjects) {
    if (kind === 'User' && name === user) return true;
    if (kind === 'Group' && groups.includes(name)) return true;
    const home = namespace ?? metadata.namespace;
    if (kind === 'ServiceAccount' && user === `system:serviceaccount:${home}:${name}`) return true;
  }
  return false;
}

function rulesOfBinding(policy: RbacPolicy, { roleRef, metadata }: RoleBinding | ClusterRoleBinding): Rule[] {
  if (roleRef.kind === 'ClusterRole') {
    const role = policy.clusterRoles.find((one) => one.metadata.name === roleRef.name);
    return role ? rulesOfClusterRole(policy, role) : [];
  }
  const role = policy.roles.find(
    (one) => one.metadata.name === roleRef.name && one.metadata.namespace === metadata.namespace,
  );
  return role?.rules ?? [];
}

/** Its own, or those of every role that one of its selectors matches, and of what those gather. */
export function rulesOfClusterRole(
  policy: RbacPolicy,
  role: ClusterRole,
  seen: ReadonlySet<ClusterRole> = new Set([role]),
): Rule[] {
  if (!role.aggregationRule) return role.rules;
  const gathered: Rule[] = [];
  for (const { matchLabels = {} } of role.aggregationRule.clusterRoleSelectors) {
    for (const other of policy.clusterRoles) {
      const labels = other.metadata.labels ?? {};
      const isMatched = Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
      if (!isMatched || seen.has(other)) continue;
      gathered.push(...rulesOfClusterRole(policy, other, new Set([...seen, other])));
    }
  }
  return gathered;
}

function allows(rule: Rule, question: AccessQuestion): boolean {
  if (!rule.verbs.includes('*') && !rule.verbs.includes(question.verb)) return false;
  return question.path === undefined ? allowsResource(rule, question) : allowsPath(rule, question.path);
}

function allowsResource(rule: Rule, { group, resource, subresource, name }: AccessQuestion): boolean {
  const { apiGroups = [], resources = [], resourceNames = [] } = rule;
  if (!apiGroups.includes('*') && !apiGroups.includes(group)) return false;
  const wanted = subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`];
  if (!resources.includes('*') && !wanted.some((one) => resources.includes(one))) return false;
  return resourceNames.length === 0 || resourceNames.includes(name);
}

function allowsPath({ nonResourceURLs = [] }: Rule, path: string): boolean {
  for (const url of nonResourceURLs) {
    if (url === '*' || url === path) return true;
    if (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''))) return true;
  }
  return false;
}
