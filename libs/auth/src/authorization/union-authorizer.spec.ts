import fc from 'fast-check';
import type { Attributes } from './attributes';
import { allow, noOpinion, type Authorizer, type Decision } from './authorizer';
import { AlwaysAllowAuthorizer, AlwaysDenyAuthorizer, MastersAuthorizer } from './fixed-authorizers';
import { UnionAuthorizer, UnionRuleResolver } from './union-authorizer';

const request: Attributes = {
  user: { name: 'joe', groups: [] },
  verb: 'get',
  resource: 'pods',
  apiGroup: '',
  subresource: '',
  namespace: 'a',
  name: 'p',
  path: '',
};
const deny = (reason: string): Decision => ({ decision: 'deny', reason });
const failed = (message: string): Decision => ({ ...noOpinion(), error: new Error(message) });
const now = (decision: Decision): Authorizer => ({ authorize: () => decision });
const later = (decision: Decision): Authorizer => ({ authorize: () => Promise.resolve(decision) });
const unreachable: Authorizer = {
  authorize: () => {
    throw new Error('nobody should ask');
  },
};

describe('UnionAuthorizer', () => {
  it.each([
    ['the first that allows', [now(noOpinion('a')), now(allow('b')), unreachable], allow('b')],
    ['the first that denies', [now(noOpinion('a')), now(deny('b')), unreachable], deny('b')],
    [
      'all reasons of those without an opinion',
      [now(noOpinion('a')), now(noOpinion()), now(noOpinion('c'))],
      noOpinion('a\nc'),
    ],
    ['nothing where nobody says anything', [now(noOpinion())], noOpinion()],
  ])('answers at once with %s', (_what, authorizers, expected) =>
    expect(new UnionAuthorizer(authorizers).authorize(request)).toEqual(expected),
  );

  it('tells of every failure once, and lets the next decide', async () => {
    const failing = [now(failed('a')), later(failed('b')), now(failed('a'))];
    expect((await new UnionAuthorizer(failing).authorize(request)).error?.message).toBe('[a, b]');
    expect(await new UnionAuthorizer([...failing, now(allow())]).authorize(request)).toEqual(allow());
  });

  it('decides the same whether its authorizers answer at once or later', async () => {
    const decision = fc.oneof(
      fc.string({ maxLength: 2 }).map(noOpinion),
      fc.constantFrom(allow('yes'), deny('no'), failed('broken')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(decision, fc.boolean())), async (answers) => {
        const atOnce = new UnionAuthorizer(answers.map(([said]) => now(said)));
        const mixed = new UnionAuthorizer(answers.map(([said, isLate]) => (isLate ? later(said) : now(said))));
        expect(await mixed.authorize(request)).toEqual(atOnce.authorize(request));
      }),
    );
  });
});

it('the authorizers that look at no rule say what Kubernetes says', () => {
  const as = (...groups: string[]): Attributes => ({ ...request, user: { name: 'root', groups } });
  expect(new MastersAuthorizer().authorize(as('system:masters'))).toEqual(allow());
  expect(new MastersAuthorizer().authorize(as('others'))).toEqual(noOpinion());
  expect(new AlwaysAllowAuthorizer().authorize()).toEqual(allow());
  expect(new AlwaysDenyAuthorizer().authorize()).toEqual(noOpinion('Everything is forbidden.'));
});

it('lists what all resolvers know, and that one of them does not know all', () => {
  const rule = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
  const partly = { rulesFor: () => ({ rules: [], incomplete: true, error: 'not for nodes' }) };
  const known = { rulesFor: () => ({ rules: [rule], incomplete: false }) };
  const { user } = request;
  expect(new UnionRuleResolver([known]).rulesFor(user, 'a')).toEqual({ rules: [rule], incomplete: false });
  expect(new UnionRuleResolver([partly, known]).rulesFor(user, 'a')).toEqual({
    rules: [rule],
    incomplete: true,
    error: 'not for nodes',
  });
});
