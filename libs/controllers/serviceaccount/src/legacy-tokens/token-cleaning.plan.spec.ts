import type { Pod, Secret, ServiceAccount } from '@nestor/api';
import { secretsOf } from './mounted-secrets';
import { invalidSinceLabel, isTrackedLongEnough, judgeToken, lastUsedLabel } from './token-cleaning.plan';

const day = 86_400_000;
const now = Date.parse('2026-06-01T12:00:00Z');
const account = (...names: string[]): ServiceAccount => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'bot' },
  secrets: names.map((name) => ({ name })),
});
const secret = (labels: Record<string, string> = {}, created = '2026-01-01T00:00:00Z'): Secret =>
  ({
    metadata: {
      name: 's',
      creationTimestamp: created,
      labels,
      annotations: { 'kubernetes.io/service-account.name': 'bot' },
    },
  }) as unknown as Secret;

describe('judgeToken', () => {
  it.each<[string, Secret, ServiceAccount | undefined, boolean, string]>([
    ['never used', secret(), account('s'), false, 'invalidate'],
    ['young', secret({}, '2026-05-20T00:00:00Z'), account('s'), false, 'keep'],
    ['used lately', secret({ [lastUsedLabel]: '2026-05-30' }), account('s'), false, 'keep'],
    ['used long ago', secret({ [lastUsedLabel]: '2026-04-01' }), account('s'), false, 'invalidate'],
    ['used at no date', secret({ [lastUsedLabel]: 'soon' }), account('s'), false, 'keep'],
    ['made by hand', secret(), account('other'), false, 'keep'],
    ["nobody's", secret(), undefined, false, 'keep'],
    ['mounted', secret(), account('s'), true, 'keep'],
    ['invalid lately', secret({ [invalidSinceLabel]: '2026-05-20' }), account('s'), false, 'keep'],
    ['invalid long ago', secret({ [invalidSinceLabel]: '2026-04-20' }), account('s'), false, 'delete'],
    ['invalid since no date', secret({ [invalidSinceLabel]: 'x' }), account('s'), false, 'invalidate'],
  ])('%s', (_, given, owner, isMounted, verdict) =>
    expect(judgeToken({ secret: given, account: owner, isMounted }, now, 30 * day)).toBe(verdict),
  );

  it.each([
    ['2026-04-30', true],
    ['2026-05-02', false],
    ['never', false],
    [undefined, false],
  ])('tracked since %s: %s', (since, enough) => expect(isTrackedLongEnough(since, now, 30 * day)).toBe(enough));

  it('finds Secrets wherever a pod uses them', () => {
    const spec = {
      imagePullSecrets: [{ name: 'pull' }],
      containers: [
        {
          name: 'c',
          env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'key', key: 'k' } } }],
          envFrom: [{ secretRef: { name: 'from' } }, { configMapRef: { name: 'map' } }],
        },
      ],
      volumes: [
        { name: 'v', secret: { secretName: 'volume' } },
        { name: 'w', projected: { sources: [{ secret: { name: 'source' } }, { configMap: { name: 'map' } }] } },
      ],
    };
    expect([...secretsOf({ spec } as unknown as Pod)].sort()).toEqual(['from', 'key', 'pull', 'source', 'volume']);
  });
});
