import type { Namespace } from '@nestor/api';
import { discoveryFailure, planConditions } from './namespace.plan';

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

  it('keeps the time while only the words change, and leaves the conditions of others alone', () => {
    const other = { type: 'Mine', status: 'True', lastTransitionTime: now };
    const later = '2026-01-01T00:00:09Z';
    const of = (count: number) => ({ ...nothing, instances: new Map([['pods.', count]]) });
    const first = planConditions(namespace([other]), of(2), now)!;
    const next = planConditions(namespace(first), of(1), later)!;
    expect(next[0]).toEqual(other);
    expect(next.find(({ type }) => type === 'NamespaceContentRemaining')).toMatchObject({
      message: 'Some resources are remaining: pods. has 1 resource instances',
      lastTransitionTime: now,
    });
  });
});

describe('discoveryFailure', () => {
  it('names the groups that did not answer', () => {
    expect(discoveryFailure(new Map())).toBeUndefined();
    expect(
      discoveryFailure(
        new Map([
          ['b/v1', 'no'],
          ['a/v1', 'stale GroupVersion discovery'],
        ]),
      ),
    ).toBe(
      'Discovery failed for some groups, 2 failing: unable to retrieve the complete list of server APIs: a/v1: stale GroupVersion discovery, b/v1: no',
    );
  });
});
