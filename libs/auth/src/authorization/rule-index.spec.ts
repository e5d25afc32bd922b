import fc from 'fast-check';
import type { Attributes } from './attributes';
import { PolicyRule, ruleAllows } from './policy-rule';
import { RuleIndex } from './rule-index';

const words = (...texts: string[]) => fc.subarray(texts, { minLength: 1, maxLength: 3 });
const resourceRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: words('get', 'list', 'delete', '*'),
  apiGroups: words('', 'apps', '*'),
  resources: words('pods', 'pods/log', '*/log', '*', 'secrets'),
  resourceNames: fc.option(fc.subarray(['a', 'b', '']), { nil: undefined }),
});
const pathRule: fc.Arbitrary<PolicyRule> = fc.record({
  verbs: words('get', 'post', '*'),
  nonResourceURLs: words('/api', '/api/*', '/healthz', '/a**', '*'),
});
const attributes: fc.Arbitrary<Attributes> = fc.oneof(
  fc.record({
    verb: fc.constantFrom('get', 'list', 'delete'),
    apiGroup: fc.constantFrom('', 'apps', 'batch'),
    resource: fc.constantFrom('pods', 'secrets', 'nodes'),
    subresource: fc.constantFrom('', 'log', 'exec'),
    name: fc.constantFrom('', 'a', 'c'),
    ...constants({ user: { name: 'x', groups: [] }, namespace: '', path: '' }),
  }),
  fc.record({
    verb: fc.constantFrom('get', 'post', 'put'),
    path: fc.constantFrom('/api', '/api/v1', '/healthz', '/other', ''),
    ...constants({
      user: { name: 'x', groups: [] },
      apiGroup: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
    }),
  }),
);

function constants<T extends object>(values: T): { [K in keyof T]: fc.Arbitrary<T[K]> } {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, fc.constant(value)])) as never;
}

describe('RuleIndex', () => {
  it('finds what the rules allow one by one, and who gives it', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(resourceRule, pathRule), { maxLength: 6 }), attributes, (rules, asked) => {
        const index = new RuleIndex<PolicyRule>();
        for (const rule of rules) index.add([rule], rule);
        const found = index.find(asked);
        const allowing = rules.filter((rule) => ruleAllows(rule, asked));
        if (allowing.length === 0) expect(found).toBeUndefined();
        else expect(allowing).toContain(found);
      }),
      { numRuns: 5000 },
    );
  });
});
