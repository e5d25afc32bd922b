import type { ClusterRole } from '@nestor/api';
import { aggregatedRules } from './aggregation.plan';

const rule = (resource: string) => ({ verbs: ['get'], apiGroups: [''], resources: [resource] });
const role = (name: string, labels: Record<string, string>, ...resources: string[]): ClusterRole => ({
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules: resources.map(rule),
});
const gathering = (...resources: string[]): ClusterRole => ({
  ...role('all', { to: 'all' }, ...resources),
  aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: 'all' } }, { matchLabels: { also: 'all' } }] },
});
const others = [
  role('b', { to: 'all' }, 'pods', 'nodes'),
  role('a', { to: 'all', also: 'all' }, 'pods', 'secrets'),
  role('c', { also: 'all' }, 'events'),
  role('d', {}, 'leases'),
  gathering('leases'),
];

describe('aggregatedRules', () => {
  it('gathers by name, each rule once, its own never', () => {
    const rules = aggregatedRules(gathering(), others);
    expect(rules?.map(({ resources }) => resources?.[0])).toEqual(['pods', 'secrets', 'nodes', 'events']);
  });
  it('takes away what nobody gives any more', () => expect(aggregatedRules(gathering('pods'), [])).toEqual([]));
  it.each<[string, ClusterRole]>([
    ['has them', gathering('pods', 'secrets', 'nodes', 'events')],
    ['gathers nothing', role('x', {}, 'pods')],
    ['goes', { ...gathering(), metadata: { name: 'all', deletionTimestamp: '2026-01-01T00:00:00Z' } }],
  ])('leaves a role alone that %s', (_, given) => expect(aggregatedRules(given, others)).toBeUndefined());
});
