import type { PolicyRule } from './policy-rule';
import { compactRules, missingRules, ruleText } from './rule-cover';

const rule = (verbs: string[], resources: string[], resourceNames?: string[]): PolicyRule => ({
  verbs,
  apiGroups: [''],
  resources,
  ...(resourceNames ? { resourceNames } : {}),
});
const path = (url: string): PolicyRule => ({ verbs: ['get'], nonResourceURLs: [url] });

describe('missingRules', () => {
  it.each<[string, PolicyRule[], PolicyRule[], string[]]>([
    ['all held', [rule(['*'], ['*'])], [rule(['get', 'list'], ['pods', 'pods/log'])], []],
    [
      'one verb too many',
      [rule(['get'], ['pods'])],
      [rule(['get', 'delete'], ['pods'])],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}'],
    ],
    ['by two rules', [rule(['get'], ['pods']), rule(['list'], ['pods'])], [rule(['get', 'list'], ['pods'])], []],
    ['subresource of any', [rule(['get'], ['*/scale'])], [rule(['get'], ['deployments/scale'])], []],
    [
      'subresource by its resource',
      [rule(['get'], ['pods'])],
      [rule(['get'], ['pods/log'])],
      ['{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}'],
    ],
    ['name of any', [rule(['get'], ['pods'])], [rule(['get'], ['pods'], ['a'])], []],
    [
      'any by one name',
      [rule(['get'], ['pods'], ['a'])],
      [rule(['get'], ['pods'])],
      ['{APIGroups:[""], Resources:["pods"], Verbs:["get"]}'],
    ],
    [
      'another name',
      [rule(['get'], ['pods'], ['a'])],
      [rule(['get'], ['pods'], ['a', 'b'])],
      ['{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}'],
    ],
    [
      'another group',
      [rule(['get'], ['pods'])],
      [{ ...rule(['get'], ['pods']), apiGroups: ['metrics.k8s.io'] }],
      ['{APIGroups:["metrics.k8s.io"], Resources:["pods"], Verbs:["get"]}'],
    ],
    ['path below', [path('/livez/*')], [path('/livez/ping')], []],
    ['path above', [path('/livez/*')], [path('/livez')], ['{NonResourceURLs:["/livez"], Verbs:["get"]}']],
  ])('%s', (_, held, wanted, missing) =>
    expect(compactRules(missingRules(held, wanted)).map(ruleText)).toEqual(missing),
  );

  it('shows verbs on one resource together', () => {
    const missing = missingRules([], [rule(['get', 'list'], ['pods', 'nodes'])]);
    expect(compactRules(missing).map(ruleText)).toEqual([
      '{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}',
      '{APIGroups:[""], Resources:["nodes"], Verbs:["get" "list"]}',
    ]);
  });
});
