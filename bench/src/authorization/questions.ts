import type { Pod } from '@nestor/api';
import {
  componentGrants,
  CountedAuthorizer,
  MastersAuthorizer,
  NodeAuthorizer,
  NodeGraph,
  RuleAuthorizer,
  StoredGrants,
  UnionAuthorizer,
  type Attributes,
  type Authorizer,
  type PolicyRule,
} from '@nestor/auth';

export interface Question {
  readonly name: string;
  /** Asked in turn. */
  readonly asked: readonly Attributes[];
  readonly allowed: boolean;
  /** Done before each round: what it changes is paid for by the first question after it. */
  readonly before?: () => void;
}

export interface Measured {
  readonly authorizer: Authorizer;
  readonly grants: StoredGrants;
  readonly questions: readonly Question[];
}

const rulesOfRole = 10;
const namespaces = 100;
const podsOfNode = 30;
const nodes = 500;

const ask = (name: string, groups: readonly string[], what: Partial<Attributes>): Attributes => ({
  user: { name, groups: [...groups, 'system:authenticated'] },
  verb: 'get',
  apiGroup: '',
  resource: 'pods',
  subresource: '',
  namespace: '',
  name: '',
  path: '',
  ...what,
});

/** Ten rules, one of them about a resource that only this role gives. */
const rulesOf = (role: number): PolicyRule[] =>
  Array.from({ length: rulesOfRole }, (_, rule) => ({
    verbs: ['get', 'list', 'watch'],
    apiGroups: [`group-${rule}.example.com`],
    resources: [`things-${role}-${rule}`, `things-${role}-${rule}/status`],
  }));

/** As many bindings as asked, half of them ClusterRoleBindings: each of its own role, or all of a caller's of fifty. */
export function measured(bindings: number): Measured {
  const grants = new StoredGrants();
  bindEverybody(grants, bindings);
  bindOneToAll(grants, bindings);
  const graph = new NodeGraph();
  for (let node = 0; node < nodes; node++) for (let pod = 0; pod < podsOfNode; pod++) graph.putPod(podOf(node, pod));
  const rbac = new RuleAuthorizer([componentGrants(), grants]);
  const node = new NodeAuthorizer(graph, rulesOf(0));
  const authorizer = new UnionAuthorizer([
    new MastersAuthorizer(),
    new CountedAuthorizer(node, { type: 'Node', name: 'node' }),
    new CountedAuthorizer(rbac, { type: 'RBAC', name: 'rbac' }),
  ]);
  return { authorizer, grants, questions: questions(grants, bindings) };
}

/** A cluster as clusters are: fifty roles, and for each binding somebody of his own. */
function bindEverybody(grants: StoredGrants, bindings: number): void {
  for (let role = 0; role < 50; role++) grants.putRole({ name: `common-${role}`, rules: rulesOf(role) });
  for (let index = 0; index < bindings; index++) {
    const namespace = index % 2 === 0 ? undefined : `ns-${index % namespaces}`;
    const subject =
      index % 4 < 2
        ? { kind: 'User', name: `user-${index}` }
        : { kind: 'ServiceAccount', name: `account-${index}`, namespace: `ns-${index % namespaces}` };
    const roleRef = { kind: 'ClusterRole', name: `common-${index % 50}` };
    grants.putBinding({ namespace, name: `everybody-${index}`, roleRef, subjects: [subject] });
  }
}

/** One group that every binding is for, each of a role of its own, and one that all paths are for. */
function bindOneToAll(grants: StoredGrants, bindings: number): void {
  for (let index = 0; index < bindings; index++) {
    const namespace = index % 2 === 0 ? undefined : 'worst';
    const name = `worst-${index}`;
    const paths = [{ verbs: ['get'], nonResourceURLs: [`/path-${index}/*`] }];
    grants.putRole({ name, rules: rulesOf(index) });
    grants.putRole({ name: `paths-${index}`, rules: paths });
    const bind = (role: string, group: string): void =>
      grants.putBinding({
        namespace,
        name: `${group}-${index}`,
        roleRef: { kind: 'ClusterRole', name: role },
        subjects: [{ kind: 'Group', name: group }],
      });
    bind(name, 'worst');
    if (!namespace) bind(`paths-${index}`, 'worst-paths');
  }
}

function questions(grants: StoredGrants, bindings: number): Question[] {
  const thing = (role: number): Partial<Attributes> => ({
    apiGroup: 'group-9.example.com',
    resource: `things-${role}-9`,
    subresource: 'status',
    verb: 'watch',
  });
  const everybody = Array.from({ length: bindings }, (_, index) => index);
  const accounts = everybody.filter((index) => index % 4 >= 2);
  const typical = (what: (index: number) => Partial<Attributes>): Attributes[] =>
    accounts.map((index) => {
      const namespace = `ns-${index % namespaces}`;
      const groups = ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
      return ask(`system:serviceaccount:${namespace}:account-${index}`, groups, { namespace, ...what(index) });
    });
  const worst = (what: (index: number) => Partial<Attributes>): Attributes[] =>
    everybody.map((index) => ask('worst', ['a', 'b', 'c', 'd', 'worst'], { namespace: 'worst', ...what(index) }));
  const kubelet = (pod: (node: number) => number): Attributes[] =>
    everybody.map((index) => {
      const node = index % nodes;
      const name = `secret-${node}-${pod(node)}`;
      return ask(`system:node:node-${node}`, ['system:nodes'], { resource: 'secrets', namespace: 'default', name });
    });
  const changed = { name: 'worst-0', rules: rulesOf(0) };
  return [
    { name: 'typical, allowed', asked: typical((index) => thing(index % 50)), allowed: true },
    { name: 'typical, refused', asked: typical(() => ({ resource: 'secrets' })), allowed: false },
    {
      name: 'the scheduler, allowed',
      asked: [ask('system:kube-scheduler', [], { verb: 'create', subresource: 'binding', namespace: 'ns-1' })],
      allowed: true,
    },
    { name: 'a kubelet, allowed by the node authorizer', asked: kubelet(() => 0), allowed: true },
    { name: 'a kubelet, refused', asked: kubelet(() => podsOfNode), allowed: false },
    { name: 'all bindings, allowed', asked: worst(thing), allowed: true },
    { name: 'all bindings, refused', asked: worst(() => ({ resource: 'secrets' })), allowed: false },
    {
      name: 'all paths, refused',
      asked: [ask('worst', ['worst-paths'], { resource: '', path: '/metrics' })],
      allowed: false,
    },
    {
      name: 'all bindings, the first after a role has changed',
      asked: worst(() => ({ resource: 'secrets' })).slice(0, 1),
      allowed: false,
      before: () => grants.putRole(changed),
    },
  ];
}

const podOf = (node: number, pod: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name: `pod-${node}-${pod}` },
  spec: {
    nodeName: `node-${node}`,
    containers: [{ name: 'c', image: 'i', envFrom: [{ secretRef: { name: `secret-${node}-${pod}` } }] }],
  },
});
