import { usageEvaluatorOf, type ApiObject, type ResourceQuota } from '@nestor/api';
import { planQuotaStatus } from './quota.plan';

const quota = (hard: Record<string, string>, status?: ResourceQuota['status']): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'q', namespace: 'x' },
  spec: { hard },
  status,
});
const plan = (of: ResourceQuota, objects: Record<string, number>) =>
  planQuotaStatus(
    of,
    Object.keys(objects).map((resource) => usageEvaluatorOf(resource)!),
    ({ resource }) => Array.from({ length: objects[resource] ?? 0 }, () => ({}) as ApiObject),
    new Date(),
  );

describe('planQuotaStatus', () => {
  it.each<[string, ResourceQuota, ResourceQuota['status']]>([
    ['a new one', quota({ configmaps: '3' }), { hard: { configmaps: '3' }, used: { configmaps: '2' } }],
    [
      'one that is right',
      quota({ configmaps: '3' }, { hard: { configmaps: '3' }, used: { configmaps: '2' } }),
      undefined,
    ],
    [
      'one that is wrong',
      quota({ configmaps: '3' }, { hard: { configmaps: '3' }, used: { configmaps: '9' } }),
      { hard: { configmaps: '3' }, used: { configmaps: '2' } },
    ],
    [
      'another limit',
      quota({ secrets: '1' }, { hard: { configmaps: '3' }, used: { configmaps: '2' } }),
      { hard: { secrets: '1' }, used: { secrets: '1' } },
    ],
    [
      'what is not served now',
      quota({ configmaps: '3', 'count/gone.example.com': '5' }, { hard: {}, used: { 'count/gone.example.com': '4' } }),
      {
        hard: { configmaps: '3', 'count/gone.example.com': '5' },
        used: { configmaps: '2', 'count/gone.example.com': '4' },
      },
    ],
    ['no limits', quota({}), { hard: {}, used: {} }],
  ])('%s', (_name, of, status) => expect(plan(of, { configmaps: 2, secrets: 1 })).toEqual(status));
});
