import type { Namespace } from '@nestor/api';
import { planConditions } from './namespace.plan';

const namespace = (conditions?: NonNullable<Namespace['status']>['conditions']): Namespace => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'x' },
  status: { phase: 'Terminating', conditions },
});
const nothing = { instances: new Map(), finalizers: new Map(), contentErrors: [] };
const now = '2026-01-01T00:00:00Z';

describe('planConditions', () => {
  it('tells what remains and why', () => {
    const conditions = planConditions(
      namespace(),
      {
        instances: new Map([
          ['pods.', 2],
          ['configmaps.', 1],
        ]),
        finalizers: new Map([['example.com/hold', 1]]),
        contentErrors: ['widgets.example.com: no'],
      },
      now,
    )!;
    expect(conditions.map(({ type, status, reason, message }) => [type, status, reason, message])).toEqual([
      ['NamespaceDeletionDiscoveryFailure', 'False', 'ResourcesDiscovered', 'All resources successfully discovered'],
      [
        'NamespaceDeletionGroupVersionParsingFailure',
        'False',
        'ParsedGroupVersions',
        'All legacy kube types successfully parsed',
      ],
      [
        'NamespaceDeletionContentFailure',
        'True',
        'ContentDeletionFailed',
        'Failed to delete all resource types, 1 remaining: widgets.example.com: no',
      ],
      [
        'NamespaceContentRemaining',
        'True',
        'SomeResourcesRemain',
        'Some resources are remaining: configmaps. has 1 resource instances, pods. has 2 resource instances',
      ],
      [
        'NamespaceFinalizersRemaining',
        'True',
        'SomeFinalizersRemain',
        'Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances',
      ],
    ]);
  });

  it('writes only what changed', () => {
    const first = planConditions(namespace(), nothing, now)!;
    expect(planConditions(namespace(first), nothing, '2026-01-01T00:00:09Z')).toBeUndefined();
    const next = planConditions(
      namespace(first),
      { ...nothing, instances: new Map([['pods.', 1]]) },
      '2026-01-01T00:00:09Z',
    )!;
    expect(next.map((condition) => condition.lastTransitionTime)).toEqual([now, now, now, '2026-01-01T00:00:09Z', now]);
  });
});
