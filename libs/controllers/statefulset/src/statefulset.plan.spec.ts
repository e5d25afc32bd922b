import fc from 'fast-check';
import type { Pod, StatefulSet } from '@nestor/api';
import { newPod, ordinalOf, revisionOf } from './pod-identity';
import { planStatefulSet, type Step } from './statefulset.plan';
import { planStatus } from './status.plan';

const template = { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };

function aSet(spec: Partial<NonNullable<StatefulSet['spec']>> = {}, status?: StatefulSet['status']): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web', namespace: 'default', uid: 'set' },
    spec: {
      replicas: 3,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 1 } },
      ...spec,
    },
    status,
  };
}

type State = 'pending' | 'ready' | 'failed' | 'terminating';
function aPod(set: StatefulSet, ordinal: number, state: State = 'ready', revision = 'new'): Pod {
  const pod = newPod(set, ordinal, template, revision);
  const isReady = state === 'ready' || state === 'terminating';
  pod.status = {
    phase: state === 'failed' ? 'Failed' : isReady ? 'Running' : 'Pending',
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  };
  if (state === 'terminating') pod.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  return pod;
}

const said = (step: Step): string =>
  step.do === 'create' ? `create ${step.ordinal} ${step.revision}` : `${step.do} ${step.pod.metadata.name}`;
const plan = (set: StatefulSet, pods: Pod[], current = 'new'): string[] =>
  planStatefulSet({ set, pods, current, update: 'new', now: Date.parse('2026-01-02T00:00:00Z') }).steps.map(said);
const pods = (set: StatefulSet, ...states: [number, State?, string?][]): Pod[] =>
  states.map(([ordinal, state, revision]) => aPod(set, ordinal, state, revision));
const parallel = { podManagementPolicy: 'Parallel' };
const rolling = (partition: number, maxUnavailable: number | string = 1) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition, maxUnavailable } },
});

describe('statefulset plan', () => {
  it.each<[string, Partial<NonNullable<StatefulSet['spec']>>, [number, State?, string?][], string[]]>([
    ['makes the first of many', {}, [], ['create 0 new']],
    ['waits for the one before', {}, [[0, 'pending']], []],
    ['goes on when it is ready', {}, [[0]], ['create 1 new']],
    ['fills a gap', {}, [[0], [2]], ['create 1 new']],
    ['makes all at once when parallel', parallel, [[0, 'pending']], ['create 1 new', 'create 2 new']],
    ['starts where it is told to', { ordinals: { start: 5 }, replicas: 1 }, [], ['create 5 new']],
    ['takes the highest first', { replicas: 1 }, [[0], [1], [2]], ['delete web-2']],
    ['waits while one goes', { replicas: 1 }, [[0], [1], [2, 'terminating']], []],
    [
      'takes all at once when parallel',
      { ...parallel, replicas: 1 },
      [[0], [1], [2]],
      ['delete web-2', 'delete web-1'],
    ],
    ['replaces a failed one', {}, [[0], [1, 'failed'], [2]], ['delete web-1']],
    [
      'updates from the highest',
      {},
      [
        [0, 'ready', 'old'],
        [1, 'ready', 'old'],
        [2, 'ready', 'old'],
      ],
      ['delete web-2'],
    ],
    [
      'waits for the updated one',
      {},
      [
        [0, 'ready', 'old'],
        [1, 'ready', 'old'],
        [2, 'pending'],
      ],
      [],
    ],
    ['stops at the partition', rolling(2), [[0, 'ready', 'old'], [1, 'ready', 'old'], [2]], []],
    [
      'updates two at a time',
      rolling(0, 2),
      [
        [0, 'ready', 'old'],
        [1, 'ready', 'old'],
        [2, 'ready', 'old'],
      ],
      ['delete web-2', 'delete web-1'],
    ],
    [
      'rounds a share up',
      rolling(0, '50%'),
      [
        [0, 'ready', 'old'],
        [1, 'ready', 'old'],
        [2, 'ready', 'old'],
      ],
      ['delete web-2', 'delete web-1'],
    ],
    ['leaves updates to the user', { updateStrategy: { type: 'OnDelete' } }, [[0, 'ready', 'old'], [1], [2]], []],
    ['makes the old below the partition', rolling(1), [[1], [2]], ['create 0 old']],
  ])('%s', (_, spec, states, expected) => {
    const set = aSet(spec);
    expect(plan(set, pods(set, ...states), 'old')).toEqual(expected);
  });

  it('puts back the labels of an identity', () => {
    const set = aSet();
    const [first, ...rest] = pods(set, [0], [1], [2]) as [Pod, ...Pod[]];
    delete first.metadata.labels?.['apps.kubernetes.io/pod-index'];
    expect(plan(set, [first, ...rest])).toEqual(['repair web-0']);
  });

  it('comes to what is asked for from any state, in order, and never makes too many unavailable', () => {
    const state = fc.constantFrom<State>('pending', 'ready', 'failed', 'terminating');
    const start = fc.array(fc.tuple(fc.nat(6), state, fc.constantFrom('old', 'new')), { maxLength: 6 });
    fc.assert(
      fc.property(
        start,
        fc.nat(5),
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        (given, replicas, isParallel, most) => {
          const set = aSet({ replicas, ...(isParallel ? parallel : {}), ...rolling(0, most) });
          const unique = [...new Map(given.map((one) => [one[0], one])).values()];
          let there = pods(set, ...unique);
          for (let round = 0; round < 60; round++) {
            const steps = planStatefulSet({ set, pods: there, current: 'old', update: 'new', now: Date.now() }).steps;
            if (!isParallel) expect(steps.filter((step) => step.do === 'create').length).toBeLessThanOrEqual(1);
            const updates = steps.filter((step) => step.do === 'delete' && step.because === 'updated');
            expect(updates.length).toBeLessThanOrEqual(most);
            const gone = new Set(steps.flatMap((step) => (step.do === 'delete' ? [step.pod] : [])));
            const made = steps.flatMap((step) =>
              step.do === 'create' ? [aPod(set, step.ordinal, 'pending', step.revision)] : [],
            );
            // The world moves: what terminates goes, what is pending becomes ready.
            there = [...there, ...made]
              .filter((pod) => !gone.has(pod) && !pod.metadata.deletionTimestamp)
              .map((pod) =>
                pod.status?.phase === 'Pending'
                  ? aPod(set, ordinalOf(set, pod.metadata.name), 'ready', revisionOf(pod))
                  : pod,
              );
          }
          expect(there.map((pod) => `${pod.metadata.name} ${revisionOf(pod)}`).sort()).toEqual(
            Array.from({ length: replicas }, (_, ordinal) => `web-${ordinal} new`),
          );
          const { status } = planStatus({ set, pods: there, current: 'old', update: 'new', now: Date.now() }, [], 0);
          expect(status).toMatchObject({ replicas, currentRevision: 'new' });
        },
      ),
    );
  });
});
