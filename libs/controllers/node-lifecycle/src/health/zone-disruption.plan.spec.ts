import type { Node } from '@nestor/api';
import { planTaints } from './node-health.plan';
import { EvictionGate, defaultLimits, planDisruption, zoneOf, zoneState } from './zone-disruption.plan';

const aNode = (name: string, zone: string, ready: string): Node => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name, labels: zone ? { 'topology.kubernetes.io/zone': zone } : {} },
  spec: {},
  status: { conditions: [{ type: 'Ready', status: ready }] },
});
const nodes = (zone: string, ready: number, notReady: number): Node[] => [
  ...Array.from({ length: ready }, (_, n) => aNode(`${zone}-r${n}`, zone, 'True')),
  ...Array.from({ length: notReady }, (_, n) => aNode(`${zone}-u${n}`, zone, 'Unknown')),
];

describe('zones', () => {
  it.each([
    [3, 0, 'Normal'],
    [1, 2, 'Normal'],
    [3, 3, 'Normal'],
    [2, 3, 'PartialDisruption'],
    [0, 1, 'FullDisruption'],
    [0, 0, 'Normal'],
  ])('%i ready and %i not: %s', (ready, notReady, expected) => {
    expect(zoneState(ready, notReady, 0.55)).toBe(expected);
  });

  it.each<[string, Node[], boolean, number]>([
    ['a well zone', nodes('a', 5, 1), false, 0.1],
    ['a small zone with most of its nodes gone', nodes('a', 2, 4), false, 0],
    ['a large one', nodes('a', 20, 40), false, 0.01],
    ['a zone that is gone beside one that is well', [...nodes('a', 0, 3), ...nodes('b', 3, 0)], false, 0.1],
    ['all zones gone', [...nodes('a', 0, 3), ...nodes('b', 0, 2)], true, 0.1],
  ])('%s', (_, given, isTotal, rate) => {
    const plan = planDisruption(given, defaultLimits);
    expect(plan.isTotal).toBe(isTotal);
    expect(plan.rates.get(zoneOf(given[0]!))).toBe(rate);
  });

  it('let one node at once, and the next when its time has come', () => {
    const gate = new EvictionGate();
    expect([0, 1000, 9000, 10_000, 11_000].map((at) => gate.allow('a', 0.1, at))).toEqual([
      true,
      false,
      false,
      true,
      false,
    ]);
    expect(gate.allow('b', 0, 0)).toBe(false);
  });
});

describe('the taints of a silent node', () => {
  const silent = aNode('n', '', 'Unknown');
  const keys = (eviction: 'now' | 'later' | 'never', node: Node = silent): string[] =>
    (planTaints(node, 0, eviction) ?? node.spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`);
  const unreachable = 'node.kubernetes.io/unreachable';

  it('evict only when it may be', () => {
    expect(keys('now')).toEqual([`${unreachable}:NoSchedule`, `${unreachable}:NoExecute`]);
    expect(keys('later')).toEqual([`${unreachable}:NoSchedule`]);
  });
  it('stay while others wait, and go when nobody is to be evicted', () => {
    const tainted = { ...silent, spec: { taints: planTaints(silent, 0, 'now') } };
    expect(keys('later', tainted)).toContain(`${unreachable}:NoExecute`);
    expect(keys('never', tainted)).toEqual([`${unreachable}:NoSchedule`]);
  });
});
