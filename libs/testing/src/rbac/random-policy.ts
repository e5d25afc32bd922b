import type { Random } from '../random';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding, Rule } from './policy-objects';

/** Roles and bindings as they are stored. */
export interface RbacPolicy {
  roles: Role[];
  clusterRoles: ClusterRole[];
  roleBindings: RoleBinding[];
  clusterRoleBindings: ClusterRoleBinding[];
}

/** Somebody who wants to do something to a resource, or at a path. */
export interface AccessQuestion {
  user: string;
  groups: string[];
  verb: string;
  path?: string;
  group: string;
  resource: string;
  subresource: string;
  namespace: string;
  name: string;
}

const apiGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${apiGroup}/v1`;
const verbs = ['get', 'list', 'delete', 'deletecollection'];
const resources = [
  ['', 'pods'],
  ['', 'secrets'],
  ['', 'configmaps'],
  ['apps', 'deployments'],
  ['batch', 'jobs'],
] as const;
const subresources = ['', '', '', 'status', 'scale', 'log'];
const names = ['a', 'b', 'c'];
const paths = ['/custom', '/custom/', '/custom/a', '/custom/a/b', '/other/a', '/else'];
const urls = ['/custom', '/custom/*', '/custom/a', '/cus*', '/other/**', '*'];
/** Where the roles are and what is asked for; other namespaces have none. */
export const policyNamespaces = ['ns-0', 'ns-1', 'ns-2'];
const users = Array.from({ length: 6 }, (_, index) => `user-${index}`);
const groups = Array.from({ length: 4 }, (_, index) => `group-${index}`);
const accounts = ['robot', 'worker'];
const accountGroups = ['system:serviceaccounts', ...policyNamespaces.map((one) => `system:serviceaccounts:${one}`)];
/** What aggregated roles gather by. */
const labels = ['view', 'edit', 'admin'];

const some = <T>(random: Random, from: readonly T[], most: number): T[] =>
  random.shuffled(from).slice(0, 1 + Math.floor(random.next() * most));

function resourceRule(random: Random): Rule {
  const of = some(random, resources, 2);
  const withParts = of.flatMap(([, resource]) => {
    const subresource = random.pick(subresources);
    return subresource ? [resource, `${random.chance(0.3) ? '*' : resource}/${subresource}`] : [resource];
  });
  return {
    verbs: random.chance(0.15) ? ['*'] : some(random, verbs, 3),
    apiGroups: random.chance(0.2) ? ['*'] : of.map(([group]) => group),
    resources: random.chance(0.1) ? ['*'] : withParts,
    ...(random.chance(0.3) ? { resourceNames: some(random, names, 2) } : {}),
  };
}

const pathRule = (random: Random): Rule => ({
  verbs: random.chance(0.2) ? ['*'] : ['get'],
  nonResourceURLs: some(random, urls, 2),
});

const rulesOf = (random: Random, cluster: boolean): Rule[] =>
  Array.from({ length: Math.floor(random.next() * 4) }, () =>
    cluster && random.chance(0.25) ? pathRule(random) : resourceRule(random),
  );

function randomClusterRole(random: Random, name: string): ClusterRole {
  const label = random.chance(0.5) ? { labels: { [`gather-${random.pick(labels)}`]: 'true' } } : {};
  return { apiVersion, kind: 'ClusterRole', metadata: { name, ...label }, rules: rulesOf(random, true) };
}

/** Gathers what others give; some of those gather, too. Its own rules are the controller's to write. */
function aggregatedRole(random: Random, name: string): ClusterRole {
  const gathers = (label: string) => ({ matchLabels: { [`gather-${label}`]: 'true' } });
  return {
    ...randomClusterRole(random, name),
    rules: [],
    aggregationRule: { clusterRoleSelectors: some(random, labels, 2).map(gathers) },
  };
}

const randomRole = (random: Random, name: string, namespace: string): Role => ({
  apiVersion,
  kind: 'Role',
  metadata: { name, namespace },
  rules: rulesOf(random, false),
});

function subjectsOf(random: Random, namespaced: boolean): RoleBinding['subjects'] {
  return Array.from({ length: Math.floor(random.next() * 3) }, () => {
    if (random.chance(0.4)) return { kind: 'User', apiGroup, name: random.pick(users) };
    if (random.chance(0.5)) return { kind: 'Group', apiGroup, name: random.pick([...groups, ...accountGroups]) };
    const namespace = random.pick(policyNamespaces);
    // In a RoleBinding upstream's validation lets it be left out: the binding's own is meant.
    return {
      kind: 'ServiceAccount',
      name: random.pick(accounts),
      ...(namespaced && random.chance(0.3) ? {} : { namespace }),
    };
  });
}

/** Some bindings name roles that are not there. */
const clusterRoleNames = [
  ...Array.from({ length: 12 }, (_, index) => `common-${index}`),
  'gathering-0',
  'gathering-1',
  'gathering-2',
  'missing',
];
const roleNames = ['local-0', 'local-1', 'local-2', 'missing'];

function randomRoleBinding(random: Random, name: string, namespace: string): RoleBinding {
  const roleRef = random.chance(0.5)
    ? { apiGroup, kind: 'Role', name: random.pick(roleNames) }
    : { apiGroup, kind: 'ClusterRole', name: random.pick(clusterRoleNames) };
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: { name, namespace },
    roleRef,
    subjects: subjectsOf(random, true),
  };
}

const randomClusterRoleBinding = (random: Random, name: string): ClusterRoleBinding => ({
  apiVersion,
  kind: 'ClusterRoleBinding',
  metadata: { name },
  roleRef: { apiGroup, kind: 'ClusterRole', name: random.pick(clusterRoleNames) },
  subjects: subjectsOf(random, false),
});

/** Any roles and bindings, so many in each place, aggregated roles among them: all that validation lets through may come. */
export function randomPolicy(random: Random, bindings = 8): RbacPolicy {
  return {
    roles: policyNamespaces.flatMap((namespace) =>
      ['local-0', 'local-1', 'local-2'].map((name) => randomRole(random, name, namespace)),
    ),
    clusterRoles: clusterRoleNames
      .filter((name) => name !== 'missing')
      .map((name) => (name.startsWith('gathering') ? aggregatedRole(random, name) : randomClusterRole(random, name))),
    roleBindings: policyNamespaces.flatMap((namespace) =>
      Array.from({ length: bindings }, (_, index) => randomRoleBinding(random, `binding-${index}`, namespace)),
    ),
    clusterRoleBindings: Array.from({ length: bindings }, (_, index) =>
      randomClusterRoleBinding(random, `binding-${index}`),
    ),
  };
}

/** Changes, makes or takes away one role or binding. */
export function changePolicy(random: Random, policy: RbacPolicy): void {
  const namespace = random.pick(policyNamespaces);
  const name = `binding-${Math.floor(random.next() * policy.clusterRoleBindings.length)}`;
  const put = <T extends { metadata: { name: string; namespace?: string } }>(list: T[], made: T): void => {
    const at = list.findIndex(
      ({ metadata }) => metadata.name === made.metadata.name && metadata.namespace === made.metadata.namespace,
    );
    if (at >= 0 && random.chance(0.3)) list.splice(at, 1);
    else if (at >= 0) list[at] = made;
    else list.push(made);
  };
  random.pick([
    () => put(policy.roles, randomRole(random, `local-${Math.floor(random.next() * 3)}`, namespace)),
    () => put(policy.clusterRoles, randomClusterRole(random, `common-${Math.floor(random.next() * 12)}`)),
    () => put(policy.roleBindings, randomRoleBinding(random, name, namespace)),
    () => put(policy.clusterRoleBindings, randomClusterRoleBinding(random, name)),
  ])();
}

/** Of somebody whom a random policy may name, to something that its rules may be about. */
export function randomQuestion(random: Random): AccessQuestion {
  const where = { group: '', resource: '', subresource: '', namespace: '', name: '' };
  const who = randomCaller(random);
  if (random.chance(0.2)) return { ...who, ...where, verb: random.pick(['get', 'post']), path: random.pick(paths) };
  const [group, resource] = random.pick(resources);
  return {
    ...who,
    verb: random.pick(verbs),
    group,
    resource,
    subresource: random.pick(subresources),
    namespace: random.chance(0.2) ? '' : random.pick(policyNamespaces),
    name: random.chance(0.3) ? '' : random.pick([...names, 'x']),
  };
}

function randomCaller(random: Random): Pick<AccessQuestion, 'user' | 'groups'> {
  if (random.chance(0.6)) return { user: random.pick(users), groups: some(random, groups, 3).slice(1) };
  const namespace = random.pick(policyNamespaces);
  return {
    user: `system:serviceaccount:${namespace}:${random.pick(accounts)}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  };
}
