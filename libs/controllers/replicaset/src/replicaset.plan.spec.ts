import type { Pod, ReplicaSet } from '@nestor/api';
import { burstReplicas, planScaling, planStatus } from './replicaset.plan';

const now = Date.parse('2026-01-01T01:00:00Z');

function replicaSet(replicas: number, status: ReplicaSet['status'] = { replicas: 0 }): ReplicaSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'web', namespace: 'default', uid: 'rs', generation: 2 },
    spec: { replicas, selector: {}, template: { metadata: { labels: { app: 'web' } } } },
    status,
  };
}

interface Options {
  node?: string;
  phase?: string;
  ready?: string;
  restarts?: number;
  created?: string;
  deleting?: boolean;
  cost?: string;
  labels?: Record<string, string>;
}
function pod(name: string, options: Options = {}): Pod {
  const { node = 'n1', phase = 'Running', ready, restarts = 0, created = '2026-01-01T00:00:00Z' } = options;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      uid: name,
      creationTimestamp: created,
      labels: options.labels ?? { app: 'web' },
      ...(options.deleting ? { deletionTimestamp: created } : {}),
      ...(options.cost ? { annotations: { 'controller.kubernetes.io/pod-deletion-cost': options.cost } } : {}),
    },
    spec: { containers: [], ...(node ? { nodeName: node } : {}) },
    status: {
      phase,
      conditions: ready ? [{ type: 'Ready', status: 'True', lastTransitionTime: ready }] : [],
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: !!ready, restartCount: restarts }],
    },
  };
}
const ready = '2026-01-01T00:00:10Z';
const removed = (pods: Pod[], replicas: number, kin = pods): (string | undefined)[] =>
  planScaling(replicaSet(replicas), pods, () => kin, now).remove.map((one) => one.metadata.name);

describe('planScaling', () => {
  it('creates what is missing; finished and terminating pods do not count', () => {
    const pods = [pod('a'), pod('b', { phase: 'Failed' }), pod('c', { deleting: true })];
    expect(planScaling(replicaSet(3), pods, () => pods, now)).toEqual({ create: 2, remove: [] });
  });

  it('creates in bursts', () => {
    expect(planScaling(replicaSet(3000), [], () => [], now).create).toBe(burstReplicas);
  });

  it.each<[string, Pod, Pod]>([
    ['unassigned before assigned', pod('go', { node: '', phase: 'Pending' }), pod('stay', { phase: 'Pending' })],
    ['pending before running', pod('go', { phase: 'Pending' }), pod('stay')],
    ['not ready before ready', pod('go'), pod('stay', { ready })],
    ['lower deletion cost first', pod('go', { ready, cost: '-5' }), pod('stay', { ready })],
    ['ready for less time first', pod('go', { ready: '2026-01-01T00:59:50Z' }), pod('stay', { ready })],
    ['more restarts first', pod('go', { ready, restarts: 3 }), pod('stay', { ready })],
    ['younger first', pod('go', { ready, created: '2026-01-01T00:59:00Z' }), pod('stay', { ready })],
  ])('deletes %s', (_rule, go, stay) => {
    expect(removed([stay, go], 1)).toEqual(['go']);
    expect(removed([go, stay], 1)).toEqual(['go']);
  });

  it('deletes from the node that holds most pods of the same owner', () => {
    const pods = [pod('a', { ready, node: 'n1' }), pod('b', { ready, node: 'n2' })];
    expect(removed(pods, 1, [...pods, pod('other', { ready, node: 'n2' })])).toEqual(['b']);
  });

  it('takes ages of one magnitude for equal', () => {
    const pods = [
      pod('b', { ready, created: '2026-01-01T00:00:01Z' }),
      pod('a', { ready, created: '2026-01-01T00:00:00Z' }),
    ];
    expect(removed(pods, 1)).toEqual(['a']);
  });
});

describe('planStatus', () => {
  it('counts', () => {
    const pods = [
      pod('a', { ready }),
      pod('b', { labels: { app: 'web-2' } }),
      pod('c', { deleting: true }),
      pod('d', { phase: 'Failed' }),
    ];
    const { status, isChanged } = planStatus(replicaSet(2), pods, undefined, now);
    expect(isChanged).toBe(true);
    expect(status).toMatchObject({
      replicas: 2,
      fullyLabeledReplicas: 1,
      readyReplicas: 1,
      availableReplicas: 1,
      terminatingReplicas: 1,
      observedGeneration: 2,
    });
  });

  it('says nothing when nothing changed', () => {
    const first = planStatus(replicaSet(1), [pod('a', { ready })], undefined, now).status;
    expect(planStatus(replicaSet(1, first), [pod('a', { ready })], undefined, now).isChanged).toBe(false);
  });

  it('counts a pod as available after minReadySeconds and says when', () => {
    const observed = replicaSet(1);
    observed.spec!.minReadySeconds = 30;
    const planned = planStatus(observed, [pod('a', { ready: '2026-01-01T00:59:50Z' })], undefined, now);
    expect(planned.status.readyReplicas).toBe(1);
    expect(planned.status.availableReplicas).toBeUndefined();
    expect(planned.requeueAfter).toBe(20_000);
  });

  it('puts a failure into a condition and takes it away again', () => {
    const failure = { reason: 'FailedCreate' as const, message: 'quota' };
    const failed = planStatus(replicaSet(1), [], failure, now).status;
    expect(failed.conditions).toEqual([
      { type: 'ReplicaFailure', status: 'True', lastTransitionTime: '2026-01-01T01:00:00Z', ...failure },
    ]);
    expect(planStatus(replicaSet(1, failed), [], undefined, now).status.conditions).toBeUndefined();
  });
});
