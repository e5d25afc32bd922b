import fc from 'fast-check';
import { AuditPolicyEvaluator, type AuditSubject } from './audit-policy';
import { readAuditPolicy } from './read-policy';

const subject = (given: Partial<AuditSubject> = {}): AuditSubject => ({
  user: { name: 'ada', groups: ['dev', 'system:authenticated'] },
  verb: 'get',
  isResource: true,
  path: '/api/v1/namespaces/default/pods/p',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'default',
  name: 'p',
  ...given,
});
const levelOf = (rule: object, given: Partial<AuditSubject>): string =>
  new AuditPolicyEvaluator({ rules: [{ level: 'Metadata', ...rule }] }).decide(subject(given)).level;

describe('the audit policy', () => {
  it.each<[string, object, Partial<AuditSubject>, boolean]>([
    ['anything', {}, {}, true],
    ['a user', { users: ['ada'] }, {}, true],
    ['another user', { users: ['bob'] }, {}, false],
    ['a group', { userGroups: ['dev'] }, {}, true],
    ['no group', { userGroups: ['ops'] }, {}, false],
    ['a verb', { verbs: ['list'] }, {}, false],
    ['a whole group of kinds', { resources: [{ group: '' }] }, {}, true],
    ['another group of kinds', { resources: [{ group: 'apps' }] }, {}, false],
    ['a resource', { resources: [{ group: '', resources: ['pods'] }] }, {}, true],
    ['not its subresource', { resources: [{ group: '', resources: ['pods'] }] }, { subresource: 'log' }, false],
    ['a subresource', { resources: [{ group: '', resources: ['pods/log'] }] }, { subresource: 'log' }, true],
    ['all subresources', { resources: [{ group: '', resources: ['pods/*'] }] }, { subresource: 'log' }, true],
    ['one of all', { resources: [{ group: '', resources: ['*/scale'] }] }, { subresource: 'scale' }, true],
    ['all', { resources: [{ group: '', resources: ['*'] }] }, { subresource: 'scale' }, true],
    ['a name', { resources: [{ group: '', resources: ['pods'], resourceNames: ['p'] }] }, {}, true],
    ['another name', { resources: [{ group: '', resources: ['pods'], resourceNames: ['q'] }] }, {}, false],
    ['a namespace', { namespaces: ['default'] }, {}, true],
    ['the cluster', { namespaces: [''] }, { namespace: '' }, true],
    ['no path for a namespace', { namespaces: ['default'] }, { isResource: false }, false],
    ['a path', { nonResourceURLs: ['/healthz*'] }, { isResource: false, path: '/healthz/ping' }, true],
    ['no resource for a path', { nonResourceURLs: ['*'] }, {}, false],
  ])('matches %s', (_, rule, given, matches) => {
    expect(levelOf(rule, given)).toBe(matches ? 'Metadata' : 'None');
  });

  it('lets the first rule that matches decide, and joins the stages left out', () => {
    const policy = new AuditPolicyEvaluator({
      omitStages: ['RequestReceived'],
      omitManagedFields: true,
      rules: [
        { level: 'Request', verbs: ['get'], omitStages: ['Panic'], omitManagedFields: false },
        { level: 'RequestResponse' },
      ],
    });
    expect(policy.decide(subject())).toEqual({
      level: 'Request',
      omitStages: new Set(['RequestReceived', 'Panic']),
      omitManagedFields: false,
    });
    expect(policy.decide(subject({ verb: 'list' }))).toMatchObject({
      level: 'RequestResponse',
      omitManagedFields: true,
    });
  });

  it('agrees with a rule by rule reading on random rules', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const rule = fc.record({
      level: fc.constantFrom('None' as const, 'Metadata' as const, 'Request' as const),
      users: fc.option(fc.array(word, { minLength: 1 }), { nil: undefined }),
      verbs: fc.option(fc.array(word, { minLength: 1 }), { nil: undefined }),
      namespaces: fc.option(fc.array(word, { minLength: 1 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(rule), word, word, word, (rules, name, verb, namespace) => {
        const given = subject({ user: { name, groups: [] }, verb, namespace });
        let expected = 'None';
        for (const one of [...rules].reverse()) {
          const fits =
            (one.users ?? [name]).includes(name) &&
            (one.verbs ?? [verb]).includes(verb) &&
            (one.namespaces ?? [namespace]).includes(namespace);
          if (fits) expected = one.level;
        }
        expect(new AuditPolicyEvaluator({ rules }).decide(given).level).toBe(expected);
      }),
    );
  });
});

describe('a policy file', () => {
  const file = (rules: string): string => `apiVersion: audit.k8s.io/v1\nkind: Policy\nrules:\n${rules}`;

  it('is read', () => {
    expect(readAuditPolicy(file('- level: Metadata\n  verbs: [get]\n'), 'p.yaml').rules).toEqual([
      { level: 'Metadata', verbs: ['get'] },
    ]);
  });

  it.each<[string, string, RegExp]>([
    ['nothing', '', /audit policy p.yaml: is empty/],
    ['another kind', 'apiVersion: v1\nkind: Pod', /must be of apiVersion audit.k8s.io\/v1 and kind Policy/],
    ['no rules', file(''), /loaded illegal policy with 0 rules/],
    ['no level', file('- verbs: [get]'), /rules\[0\].level: Required value/],
    [
      'a wrong level',
      file('- level: All'),
      /rules\[0\].level: Unsupported value: "All": supported values: "None", "Metadata", "Request", "RequestResponse"/,
    ],
    ['an unknown field', file('- level: None\n  user: [x]'), /rules\[0\].user: .*unknown field/],
    ['a wrong type', file('- level: None\n  users: x'), /rules\[0\].users: .*must be a list of strings/],
    [
      'a path and a resource',
      file('- {level: None, nonResourceURLs: [/x], namespaces: [a]}'),
      /rules cannot apply to both regular resources and non-resource URLs/,
    ],
    ['a path without a slash', file('- {level: None, nonResourceURLs: [x]}'), /must begin with a '\/' character/],
    ['a star within', file('- {level: None, nonResourceURLs: ["/a*b"]}'), /must be the final character of the rule/],
    ['a version for a group', file('- {level: None, resources: [{group: apps/v1}]}'), /rules\[0\].resources.group/],
    [
      'names without resources',
      file('- {level: None, resources: [{resourceNames: [a]}]}'),
      /using resourceNames requires at least one resource/,
    ],
    [
      'a wrong stage',
      file('- {level: None, omitStages: [End]}'),
      /allowed stages are RequestReceived,ResponseStarted,ResponseComplete,Panic/,
    ],
  ])('is refused with %s', (_, text, message) => {
    expect(() => readAuditPolicy(text, 'p.yaml')).toThrow(message);
  });
});
