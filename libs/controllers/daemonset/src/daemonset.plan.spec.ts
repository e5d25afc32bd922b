import fc from 'fast-check';
import type { DaemonSet, Node, Pod } from '@nestor/api';
import { hashOf, newDaemonPod, nodeOf } from './daemon-pod';
import { planPods, planRollingUpdate, type Observed } from './daemonset.plan';
import { eligibility } from './node-eligibility';
import { planStatus } from './status.plan';

type Rolling = { maxUnavailable?: number | string; maxSurge?: number | string };
const now = Date.parse('2026-01-02T00:00:00Z');

function aSet(rolling: Rolling = { maxUnavailable: 1, maxSurge: 0 }, spec: object = {}): DaemonSet {
  const template = { metadata: { labels: { app: 'd' } }, spec: { containers: [{ name: 'c', image: 'i' }], ...spec } };
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'd', namespace: 'default', uid: 'set', generation: 1 },
    spec: {
      selector: { matchLabels: { app: 'd' } },
      template,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: rolling },
    },
  };
}
const aNode = (name: string, over: Partial<Node['metadata']> & { taints?: object[] } = {}): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: over.labels },
  spec: { taints: over.taints as NonNullable<Node['spec']>['taints'] },
});

let serial = 0;
function aPod(set: DaemonSet, node: string, hash = 'new', isReady = true): Pod {
  const pod = newDaemonPod(set, node, hash);
  serial++;
  pod.metadata.name = `d-${serial}`;
  pod.metadata.uid = `uid-${serial}`;
  pod.metadata.creationTimestamp = new Date(Date.parse('2026-01-01T00:00:00Z') + serial * 1000).toISOString();
  pod.spec!.nodeName = node;
  pod.status = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  };
  return pod;
}
const observe = (set: DaemonSet, nodes: Node[], pods: Pod[]): Observed => ({ set, nodes, pods, hash: 'new', now });

describe('daemonset plan', () => {
  it.each<[string, object, Partial<Node['metadata']> & { taints?: object[] }, { run: boolean; stay: boolean }]>([
    ['any node', {}, {}, { run: true, stay: true }],
    ['another label', { nodeSelector: { disk: 'ssd' } }, {}, { run: false, stay: false }],
    ['the label', { nodeSelector: { disk: 'ssd' } }, { labels: { disk: 'ssd' } }, { run: true, stay: true }],
    ['a taint', {}, { taints: [{ key: 'k', effect: 'NoSchedule' }] }, { run: false, stay: true }],
    ['a taint that evicts', {}, { taints: [{ key: 'k', effect: 'NoExecute' }] }, { run: false, stay: false }],
    [
      'a taint it tolerates',
      { tolerations: [{ key: 'k', operator: 'Exists' }] },
      { taints: [{ key: 'k', effect: 'NoSchedule' }] },
      { run: true, stay: true },
    ],
    [
      'a cordoned node that is not ready',
      {},
      {
        taints: [
          { key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' },
          { key: 'node.kubernetes.io/not-ready', effect: 'NoExecute' },
        ],
      },
      { run: true, stay: true },
    ],
  ])('judges %s', (_, spec, node, expected) => {
    expect(eligibility(aSet({}, spec).spec!.template, aNode('a', node))).toEqual(expected);
  });

  it('names the node in the affinity of a pod, and finds it there again', () => {
    const pod = newDaemonPod(aSet(), 'a', 'h');
    expect(pod.spec?.nodeName).toBeUndefined();
    expect(nodeOf(pod)).toBe('a');
  });

  it('keeps the oldest of several on a node, and takes those of nodes that are gone', () => {
    const set = aSet();
    const waiting = newDaemonPod(set, 'gone', 'new');
    const pods = [aPod(set, 'a'), aPod(set, 'a'), waiting];
    const plan = planPods(observe(set, [aNode('a'), aNode('b')], pods));
    expect(plan.create).toEqual(['b']);
    expect(plan.remove).toEqual([pods[1], waiting]);
  });

  it('rolls out to any number of nodes, with no more unavailable or surging than allowed', () => {
    const rolling = fc.oneof(
      fc.record({ maxUnavailable: fc.constantFrom<number | string>(1, 2, '30%'), maxSurge: fc.constant(0) }),
      fc.record({ maxUnavailable: fc.constant(0), maxSurge: fc.constantFrom<number | string>(1, '50%') }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), rolling, (count, limits) => {
        const set = aSet(limits);
        const nodes = Array.from({ length: count }, (_, n) => aNode(`n${n}`));
        let pods = nodes.map(({ metadata }) => aPod(set, metadata.name!, 'old'));
        const most = (value: number | string): number =>
          typeof value === 'string' ? Math.ceil((count * parseInt(value, 10)) / 100) : value;
        for (let round = 0; round < 40; round++) {
          const observed = observe(set, nodes, pods);
          const plan = planPods(observed);
          const isIdle = plan.create.length + plan.remove.length === 0;
          const update = isIdle ? planRollingUpdate(observed) : { create: [], remove: [] };
          const gone = new Set([...plan.remove, ...update.remove]);
          pods = pods.filter((pod) => !gone.has(pod));
          const covered = new Set(pods.filter((pod) => pod.status?.conditions?.[0]?.status === 'True').map(nodeOf));
          expect(count - covered.size).toBeLessThanOrEqual(most(limits.maxUnavailable));
          const made = [...plan.create, ...update.create].map((node) => aPod(set, node, 'new', false));
          expect(pods.length + made.length - count).toBeLessThanOrEqual(most(limits.maxSurge));
          pods = [...pods, ...made];
          // The world moves: one of those that are not ready becomes so.
          const waiting = pods.find((pod) => pod.status?.conditions?.[0]?.status === 'False');
          if (waiting) waiting.status!.conditions![0]!.status = 'True';
        }
        expect(pods.map((pod) => `${nodeOf(pod)} ${hashOf(pod)}`).sort()).toEqual(
          nodes.map(({ metadata }) => `${metadata.name} new`).sort(),
        );
        const { status } = planStatus(observe(set, nodes, pods), undefined);
        expect(status).toMatchObject({
          desiredNumberScheduled: count,
          numberAvailable: count,
          updatedNumberScheduled: count,
        });
      }),
    );
  });
});
