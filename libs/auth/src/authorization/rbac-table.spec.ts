import { changePolicy, Random, randomPolicy, randomQuestion, rbacAllows, rulesOfClusterRole } from '@nestor/testing';
import type { AccessQuestion, RbacPolicy } from '@nestor/testing';
import type { Attributes } from './attributes';
import type { PolicyRule } from './policy-rule';
import { RuleAuthorizer } from './rule-authorizer';
import { StoredGrants } from './stored-grants';

const attributesOf = ({ user, groups, path = '', group, ...place }: AccessQuestion): Attributes => ({
  ...place,
  user: { name: user, groups },
  apiGroup: group,
  path,
});

interface Fact {
  /** What it is: another text is a change. */
  readonly text: string;
  put(): void;
  remove(): void;
}

/** Tells the grants what is new, other or gone in a policy, in any order, and nothing of what stayed. */
class Fed {
  readonly grants = new StoredGrants();
  private known = new Map<string, Fact>();

  constructor(private readonly random: Random) {}

  follow(policy: RbacPolicy): void {
    const facts = new Map([...this.roles(policy), ...this.bindings(policy)]);
    const gone = [...this.known].filter(([place]) => !facts.has(place)).map(([, { remove }]) => remove);
    const put = [...facts]
      .filter(([place, { text }]) => this.known.get(place)?.text !== text)
      .map(([, fact]) => fact.put);
    for (const act of this.random.shuffled([...gone, ...put])) act();
    this.known = facts;
  }

  private roles(policy: RbacPolicy): [string, Fact][] {
    return [...policy.roles, ...policy.clusterRoles].map((role) => {
      const { name, namespace } = role.metadata;
      const gathers = role.kind === 'ClusterRole';
      const rules = (gathers ? rulesOfClusterRole(policy, role) : role.rules) as PolicyRule[];
      const put = (): void => this.grants.putRole({ name, namespace, rules });
      const remove = (): void => this.grants.removeRole({ name, namespace });
      return [`${role.kind}/${namespace}/${name}`, { text: JSON.stringify(rules), put, remove }];
    });
  }

  private bindings({ roleBindings, clusterRoleBindings }: RbacPolicy): [string, Fact][] {
    return [...roleBindings, ...clusterRoleBindings].map(({ kind, metadata, roleRef, subjects }) => {
      const { name, namespace } = metadata;
      const put = (): void => this.grants.putBinding({ name, namespace, roleRef, subjects });
      const remove = (): void => this.grants.removeBinding({ name, namespace });
      return [`${kind}/${namespace}/${name}`, { text: JSON.stringify([roleRef, subjects]), put, remove }];
    });
  }
}

describe('RBAC by its indexes and by a walk over all bindings and rules', () => {
  it.each(Array.from({ length: 40 }, (_, index) => index + 1))('comes to the same, seed %d', (seed) => {
    const random = new Random(seed);
    // Few bindings for each caller, or so many that a caller's roles share an index.
    const policy = randomPolicy(random, seed % 2 === 0 ? 8 : 250);
    const fed = new Fed(random);
    const authorizer = new RuleAuthorizer([fed.grants]);
    let allowed = 0;
    const check = (rows: number): void => {
      fed.follow(policy);
      for (let row = 0; row < rows; row++) {
        const question = randomQuestion(random);
        const expected = rbacAllows(policy, question);
        const { decision } = authorizer.authorize(attributesOf(question));
        if ((decision === 'allow') !== expected) throw new Error(`${expected}: ${JSON.stringify(question)}`);
        if (expected) allowed++;
      }
    };
    check(300);
    for (let change = 0; change < 20; change++) {
      changePolicy(random, policy);
      check(25);
    }
    expect(allowed).toBeGreaterThan(20);
  });
});
