import { ClusterView } from '../cache/cluster-view';
import { podInfo } from '../cache/pod-info';
import { Profile } from '../framework/profile';
import { aNode, aPod } from '../framework/testing-objects';
import { nodesToFind, selectNode } from '../cycle/select-node';
import { defaultPlugins } from './default-plugins';

const profile = new Profile(
  'default-scheduler',
  defaultPlugins(() => Promise.resolve()),
);
const options = { percentageOfNodesToScore: 0, random: () => 0.5 };

type Case = {
  title: string;
  nodes: Parameters<typeof aNode>[];
  placed?: { node: string; pod: Parameters<typeof aPod> }[];
  pod: Parameters<typeof aPod>;
  /** The chosen node, or the message. */
  expected: string | RegExp;
};

const hostAffinity = (app: string) => ({
  labelSelector: { matchLabels: { app } },
  topologyKey: 'kubernetes.io/hostname',
});
const tolerating = (toleration: object) => ({ spec: { tolerations: [toleration] } });
const taint = (effect: string) => ({ spec: { taints: [{ key: 'k', value: 'v', effect }] } });

const cases: Case[] = [
  {
    title: 'prefers the emptier node',
    nodes: [['a'], ['b']],
    placed: [{ node: 'a', pod: ['x', { cpu: '2', memory: '4Gi' }] }],
    pod: ['p', { cpu: '1' }],
    expected: 'b',
  },
  {
    title: 'counts pods',
    nodes: [['a', { pods: '1' }]],
    placed: [{ node: 'a', pod: ['x'] }],
    pod: ['p'],
    expected: '0/1 nodes are available: 1 Too many pods.',
  },
  {
    title: 'adds up all shortages of a node',
    nodes: [['a', { cpu: '1', memory: '1Gi' }]],
    pod: ['p', { cpu: '2', memory: '2Gi' }],
    expected: '0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory.',
  },
  {
    title: 'fits exactly',
    nodes: [['a', { cpu: '1' }]],
    placed: [{ node: 'a', pod: ['x', { cpu: '400m' }] }],
    pod: ['p', { cpu: '600m' }],
    expected: 'a',
  },
  {
    title: 'obeys the node selector',
    nodes: [['a'], ['b', { labels: { disk: 'ssd' } }]],
    pod: ['p', { spec: { nodeSelector: { disk: 'ssd' } } }],
    expected: 'b',
  },
  {
    title: 'names a node selector nobody meets',
    nodes: [['a'], ['b']],
    pod: ['p', { spec: { nodeSelector: { disk: 'ssd' } } }],
    expected: "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector.",
  },
  {
    title: 'obeys node affinity with Gt',
    nodes: [
      ['a', { labels: { cores: '4' } }],
      ['b', { labels: { cores: '16' } }],
    ],
    pod: [
      'p',
      {
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchExpressions: [{ key: 'cores', operator: 'Gt', values: ['8'] }] }],
              },
            },
          },
        },
      },
    ],
    expected: 'b',
  },
  {
    title: 'looks only at the nodes that matchFields names',
    nodes: [['a'], ['b'], ['c', { cpu: '1' }]],
    pod: [
      'p',
      {
        cpu: '2',
        spec: {
          affinity: {
            nodeAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: {
                nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['c'] }] }],
              },
            },
          },
        },
      },
    ],
    expected: "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) [NodeAffinity].",
  },
  {
    title: 'prefers preferred node affinity',
    nodes: [['a'], ['b', { labels: { zone: '1' } }]],
    pod: [
      'p',
      {
        spec: {
          affinity: {
            nodeAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [
                { weight: 100, preference: { matchExpressions: [{ key: 'zone', operator: 'Exists' }] } },
              ],
            },
          },
        },
      },
    ],
    expected: 'b',
  },
  {
    title: 'tolerates by Equal',
    nodes: [['a', taint('NoSchedule')]],
    pod: ['p', tolerating({ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' })],
    expected: 'a',
  },
  {
    title: 'does not tolerate another value',
    nodes: [['a', taint('NoExecute')]],
    pod: ['p', tolerating({ key: 'k', operator: 'Equal', value: 'w' })],
    expected: '0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.',
  },
  { title: 'avoids PreferNoSchedule', nodes: [['a', taint('PreferNoSchedule')], ['b']], pod: ['p'], expected: 'b' },
  {
    title: 'tolerates a cordon',
    nodes: [['a', { spec: { unschedulable: true } }]],
    pod: ['p', tolerating({ key: 'node.kubernetes.io/unschedulable', operator: 'Exists' })],
    expected: 'a',
  },
  {
    title: 'goes beside its friend',
    nodes: [['a'], ['b']],
    placed: [{ node: 'b', pod: ['f', { labels: { app: 'f' } }] }],
    pod: [
      'p',
      { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [hostAffinity('f')] } } } },
    ],
    expected: 'b',
  },
  {
    title: 'has no friend yet',
    nodes: [['a']],
    pod: [
      'p',
      { spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [hostAffinity('f')] } } } },
    ],
    expected: "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.",
  },
  {
    title: 'minds the namespace of affinity',
    nodes: [['a']],
    placed: [{ node: 'a', pod: ['f', { namespace: 'other', labels: { app: 'f' } }] }],
    pod: [
      'p',
      {
        spec: {
          affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [hostAffinity('f')] } },
        },
      },
    ],
    expected: 'a',
  },
  {
    title: 'prefers to keep away',
    nodes: [['a'], ['b']],
    placed: [
      { node: 'a', pod: ['f', { labels: { app: 'f' } }] },
      { node: 'b', pod: ['g'] },
    ],
    pod: [
      'p',
      {
        spec: {
          affinity: {
            podAntiAffinity: {
              preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: hostAffinity('f') }],
            },
          },
        },
      },
    ],
    expected: 'b',
  },
];

describe('the default plugins', () => {
  it.each(cases)('$title', ({ nodes, placed = [], pod, expected }) => {
    const view = new ClusterView();
    for (const node of nodes) view.setNode(aNode(...node));
    for (const { node, pod: other } of placed) view.addPod(node, podInfo(aPod(...other)));
    const selection = selectNode(profile, podInfo(aPod(...pod)), view, options);
    expect(selection.node ?? (selection as { message: string }).message).toEqual(expected);
  });

  it('search as much of a large cluster as kube-scheduler does', () => {
    expect([50, 100, 1000, 5000, 10_000].map((count) => nodesToFind(count, 0))).toEqual([50, 100, 420, 500, 500]);
    expect(nodesToFind(1000, 30)).toBe(300);
  });

  it('recount affinity when a node changes its zone', () => {
    const view = new ClusterView();
    view.setNode(aNode('a', { labels: { zone: '1' } }));
    view.setNode(aNode('b', { labels: { zone: '2' } }));
    view.addPod('a', podInfo(aPod('f', { labels: { app: 'f' } })));
    const apart = podInfo(
      aPod('p', {
        spec: {
          affinity: {
            podAntiAffinity: {
              requiredDuringSchedulingIgnoredDuringExecution: [
                { labelSelector: { matchLabels: { app: 'f' } }, topologyKey: 'zone' },
              ],
            },
          },
        },
      }),
    );
    expect(selectNode(profile, apart, view, options).node).toBe('b');
    view.setNode(aNode('a', { labels: { zone: '2' } }));
    expect(selectNode(profile, apart, view, options).node).toBeUndefined();
    view.removePod('a', 'uid-default-f');
    expect(selectNode(profile, apart, view, options).node).toBeDefined();
  });
});
