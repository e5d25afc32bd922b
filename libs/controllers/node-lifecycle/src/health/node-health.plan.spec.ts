import type { Lease, Node, Pod } from '@nestor/api';
import { planPodGc } from '../pod-gc/pod-gc.plan';
import { evictionTime } from '../taints/taint-eviction.plan';
import { heartbeat, planTaints, unknownConditions } from './node-health.plan';

const now = Date.parse('2026-01-01T00:10:00Z');
const node = (ready: string | undefined, extra: Partial<Node['spec']> = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name: 'n1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: extra,
  status: ready ? { conditions: [{ type: 'Ready', status: ready, lastHeartbeatTime: '2026-01-01T00:00:05Z' }] } : {},
});
const lease = (renewTime: string) => ({ kind: 'Lease', spec: { renewTime } }) as Lease;

describe('heartbeat', () => {
  it('moves when the lease or the condition does, and not by the clock of the node', () => {
    const first = heartbeat(node('True'), lease('1'), undefined, 100);
    expect(first.at).toBe(100);
    expect(heartbeat(node('True'), lease('1'), first, 200).at).toBe(100);
    expect(heartbeat(node('True'), lease('2'), first, 300).at).toBe(300);
  });

  it('does not take the write of Unknown for a sign of life', () => {
    const first = heartbeat(node('True'), lease('1'), undefined, 100);
    const marked = heartbeat(node('Unknown'), lease('1'), first, 900);
    expect(marked.at).toBe(100);
    expect(heartbeat(node('True'), lease('2'), marked, 1000).at).toBe(1000);
  });
});

describe('unknownConditions', () => {
  it('tells a silent kubelet from one that never spoke', () => {
    const conditions = unknownConditions(node('True'), now)!;
    expect(conditions.map(({ type, status, reason }) => [type, status, reason])).toEqual([
      ['Ready', 'Unknown', 'NodeStatusUnknown'],
      ['MemoryPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['DiskPressure', 'Unknown', 'NodeStatusNeverUpdated'],
      ['PIDPressure', 'Unknown', 'NodeStatusNeverUpdated'],
    ]);
    const marked = { ...node('True'), status: { conditions } };
    expect(unknownConditions(marked, now)).toBeUndefined();
  });
});

describe('planTaints', () => {
  it('sets not-ready and unreachable, swaps them, and takes them away', () => {
    const at = '2026-01-01T00:10:00Z';
    const notReady = planTaints(node('False'), now)!;
    expect(notReady).toEqual([
      { key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' },
      { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute', timeAdded: at },
    ]);
    const unreachable = planTaints(node('Unknown', { taints: notReady }), now)!;
    expect(unreachable.map((taint) => taint.key)).toEqual(Array(2).fill('node.kubernetes.io/unreachable'));
    expect(planTaints(node('True', { taints: unreachable }), now)).toEqual([]);
  });

  it("leaves the users' taints alone and follows cordon", () => {
    const mine = { key: 'mine', effect: 'NoSchedule' };
    expect(planTaints(node('True', { taints: [mine] }), now)).toBeUndefined();
    expect(planTaints(node('True', { taints: [mine], unschedulable: true }), now)).toEqual([
      mine,
      { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
    ]);
  });
});

describe('evictionTime', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoExecute', timeAdded: '2026-01-01T00:10:00Z' };
  const pod = (...tolerations: NonNullable<NonNullable<Pod['spec']>['tolerations']>) =>
    ({ spec: { containers: [], tolerations } }) as unknown as Pod;

  it.each<[string, Pod, number | undefined]>([
    ['no toleration: now', pod(), now],
    ['tolerated for ever', pod({ key: 'k', operator: 'Exists' }), undefined],
    ['everything tolerated', pod({ operator: 'Exists' }), undefined],
    ['for a while', pod({ key: 'k', operator: 'Exists', tolerationSeconds: 300 }), now + 300_000],
    [
      'the shortest while',
      pod({ key: 'k', operator: 'Exists', tolerationSeconds: 9 }, { key: 'k', value: 'v', tolerationSeconds: 5 }),
      now + 5000,
    ],
    ['another effect', pod({ key: 'k', operator: 'Exists', effect: 'NoSchedule' }), now],
    ['another value', pod({ key: 'k', value: 'w' }), now],
  ])('%s', (_case, of, expected) => {
    expect(evictionTime(of, [taint], now)).toBe(expected);
  });
});

describe('planPodGc', () => {
  const pod = (name: string, fields: { node?: string; phase?: string; deleting?: boolean } = {}): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, creationTimestamp: name, ...(fields.deleting ? { deletionTimestamp: 'x' } : {}) },
    spec: { containers: [], nodeName: fields.node },
    status: { phase: fields.phase ?? 'Running' },
  });
  it('finds pods of gone nodes, the never scheduled that end, and too many finished', () => {
    const pods = [
      pod('1', { node: 'gone' }),
      pod('2', { node: 'here' }),
      pod('3', { deleting: true }),
      pod('4', { node: 'here', phase: 'Failed' }),
      pod('5', { node: 'here', phase: 'Succeeded' }),
    ];
    const view = { pods, node: () => undefined, isGone: (name: string) => name === 'gone', terminatedThreshold: 1 };
    expect(planPodGc(view).map(({ pod: { metadata }, message }) => [metadata.name, message])).toEqual([
      ['1', 'PodGC: node no longer exists'],
      ['3', undefined],
      ['4', undefined],
    ]);
  });
});
