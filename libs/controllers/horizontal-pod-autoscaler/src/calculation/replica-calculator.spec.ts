import type { Pod } from '@nestor/api';
import fc from 'fast-check';
import type { PodMetrics } from '../metrics/metrics';
import { byShare, byTotal, byUtilization, byValue, type Proposal, type Scene } from './replica-calculator';

const now = Date.parse('2026-01-01T01:00:00Z');
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString();
const startUp = { now, cpuInitializationPeriodMs: 120_000, initialReadinessDelayMs: 10_000 };
const tolerances = { scaleDown: 0.1, scaleUp: 0.1 };

type State = 'ready' | 'unready' | 'fresh' | 'late' | 'pending' | 'failed' | 'deleting';

/** Two containers a pod, as the published cases of this calculation have it. */
function pod(index: number, state: State, request: string): Pod {
  const isReady = state !== 'unready' && state !== 'late';
  // A fresh pod turned ready just now; a late one has been in service and is not any more.
  const started = state === 'fresh' ? 30 : 3600;
  const turned = state === 'fresh' ? 1 : state === 'late' ? 60 : 3600;
  const container = (name: string) => ({
    name,
    image: 'x',
    resources: { requests: { cpu: request, memory: request } },
  });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${index}`, ...(state === 'deleting' ? { deletionTimestamp: ago(1) } : {}) },
    spec: { containers: [container('one'), container('two')] },
    status: {
      phase: state === 'pending' ? 'Pending' : state === 'failed' ? 'Failed' : 'Running',
      startTime: ago(started),
      conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: ago(turned) }],
    },
  };
}

interface Case {
  current: number;
  states: State[];
  /** Per container, in thousandths; undefined where there is no sample. */
  levels: (number | undefined)[];
}

function scene({ current, states }: Case, request = '1'): Scene {
  return {
    currentReplicas: current,
    pods: states.map((state, index) => pod(index, state, request)),
    tolerances,
    startUp,
  };
}

const samples = ({ levels }: Case, perPod = 2): PodMetrics =>
  new Map(
    levels.flatMap((level, index) =>
      level === undefined
        ? []
        : [[`pod-${index}`, { value: level * perPod, timestamp: now, windowMs: 60_000 }] as const],
    ),
  );

const all = (count: number): State[] => Array.from({ length: count }, () => 'ready');
const cpu = (target: number) => ({ resource: 'cpu', container: '', targetUtilization: target });

describe('byUtilization', () => {
  it.each<[string, Case & { target: number }, Partial<Proposal>]>([
    [
      'scales up',
      { current: 3, states: all(3), levels: [300, 500, 700], target: 30 },
      { replicas: 5, utilization: 50, usage: 1000 },
    ],
    [
      'scales up less with unready pods, which count as idle',
      { current: 3, states: ['unready', 'ready', 'ready'], levels: [300, 500, 700], target: 30 },
      { replicas: 4, utilization: 60, usage: 1200 },
    ],
    [
      'does not scale up where the unready may suffice',
      { current: 3, states: ['ready', 'unready', 'unready'], levels: [400, 500, 700], target: 30 },
      { replicas: 3, utilization: 40, usage: 800 },
    ],
    [
      'ignores failed pods',
      { current: 2, states: ['ready', 'ready', 'failed', 'failed'], levels: [500, 700], target: 30 },
      { replicas: 4, utilization: 60, usage: 1200 },
    ],
    [
      'ignores pods that are being deleted',
      { current: 2, states: ['ready', 'ready', 'deleting', 'deleting'], levels: [500, 700, 900, 900], target: 30 },
      { replicas: 4, utilization: 60 },
    ],
    [
      'counts a pod that has been in service and is not any more',
      { current: 3, states: ['late', 'ready', 'ready'], levels: [300, 500, 700], target: 30 },
      { replicas: 5, utilization: 50 },
    ],
    [
      'takes the sample of a pod that has just turned ready for one of its start',
      { current: 3, states: ['fresh', 'ready', 'ready'], levels: [300, 500, 700], target: 30 },
      { replicas: 4, utilization: 60 },
    ],
    [
      'scales down',
      { current: 5, states: all(5), levels: [100, 300, 500, 250, 250], target: 50 },
      { replicas: 3, utilization: 28, usage: 560 },
    ],
    [
      'scales down without unready pods',
      {
        current: 5,
        states: ['ready', 'ready', 'ready', 'unready', 'unready'],
        levels: [100, 300, 500, 250, 250],
        target: 50,
      },
      { replicas: 2, utilization: 30, usage: 600 },
    ],
    [
      'keeps what is within tolerance',
      { current: 3, states: all(3), levels: [1010, 1030, 1020], target: 100 },
      { replicas: 3, utilization: 102, usage: 2040 },
    ],
    [
      'ignores samples of other pods',
      { current: 2, states: all(2), levels: [500, 500, 700, 900], target: 50 },
      { replicas: 2, utilization: 50 },
    ],
    [
      'does not let missing samples turn it round',
      { current: 2, states: all(2), levels: [1000], target: 50 },
      { replicas: 2, utilization: 100, usage: 2000 },
    ],
    [
      'keeps, when what is missing might be full',
      { current: 2, states: all(2), levels: [400], target: 50 },
      { replicas: 2, utilization: 40, usage: 800 },
    ],
    [
      'scales up with missing samples as idle ones',
      { current: 3, states: all(3), levels: [100, 2000], target: 50 },
      { replicas: 5, utilization: 105 },
    ],
    [
      'scales down with missing samples as full ones',
      { current: 4, states: ['unready', 'ready', 'ready', 'ready'], levels: [100, 100, 100], target: 50 },
      { replicas: 3, utilization: 10, usage: 200 },
    ],
  ])('%s', (_, given, expected) => {
    expect(byUtilization(scene(given), samples(given), cpu(given.target))).toMatchObject(expected);
  });

  it('takes a target above what is requested for the fill of missing samples', () => {
    const given: Case = { current: 4, states: all(4), levels: [500, 500, 500] };
    // Full is 200%: (3 x 50% + 200%) / 4 = 87% of requests, 0.435 of the target.
    expect(byUtilization(scene(given), samples(given), cpu(200))).toMatchObject({ replicas: 2, utilization: 50 });
  });

  it('looks at one container', () => {
    const given: Case = { current: 3, states: all(3), levels: [300, 500, 700] };
    const target = { resource: 'cpu', container: 'one', targetUtilization: 30 };
    expect(byUtilization(scene(given), samples(given, 1), target)).toMatchObject({ replicas: 5, usage: 500 });
    expect(() => byUtilization(scene(given), samples(given, 1), { ...target, container: 'three' })).toThrow(
      'container three not found in Pod pod-0',
    );
  });

  it.each<[string, Case, string]>([
    [
      'no pods',
      { current: 1, states: [], levels: [1] },
      'no pods returned by selector while calculating replica count',
    ],
    [
      'no sample of a pod in service',
      { current: 1, states: ['unready'], levels: [1] },
      'did not receive metrics for targeted pods (pods might be unready)',
    ],
    [
      'samples of others only',
      { current: 1, states: ['ready'], levels: [undefined, 1] },
      'no metrics returned matched known pods',
    ],
  ])('cannot with %s', (_, given, message) => {
    expect(() => byUtilization(scene(given), samples(given), cpu(50))).toThrow(message);
  });

  it('cannot without requests', () => {
    const given: Case = { current: 1, states: ['ready'], levels: [1] };
    const [one] = scene(given).pods as Pod[];
    one!.spec!.containers[1]!.resources = {};
    const bare = { ...scene(given), pods: [one!] };
    expect(() => byUtilization(bare, samples(given), cpu(50))).toThrow(
      'missing request for cpu in container two of Pod pod-0',
    );
    one!.spec!.resources = { requests: { cpu: '4' } };
    expect(byUtilization(bare, samples({ ...given, levels: [1000] }), cpu(50)).utilization).toBe(50);
  });

  it('follows tolerances of its own each way', () => {
    const given: Case = { current: 10, states: all(10), levels: Array<number>(10).fill(560) };
    const at = (scaleUp: number, scaleDown: number): number =>
      byUtilization({ ...scene(given), tolerances: { scaleUp, scaleDown } }, samples(given), cpu(50)).replicas;
    expect(at(0.1, 0)).toBe(12);
    expect(at(0.15, 0)).toBe(10);
    const low: Case = { ...given, levels: Array<number>(10).fill(440) };
    const down = (scaleDown: number): number =>
      byUtilization({ ...scene(low), tolerances: { scaleUp: 0, scaleDown } }, samples(low), cpu(50)).replicas;
    expect(down(0.15)).toBe(10);
    expect(down(0.05)).toBe(9);
  });

  it('never moves against the usage, whatever is missing', () => {
    const states = fc.constantFrom<State>('ready', 'unready', 'fresh', 'late', 'pending', 'deleting', 'failed');
    const entry = fc.record({ state: states, level: fc.option(fc.integer({ min: 0, max: 3000 }), { nil: undefined }) });
    fc.assert(
      fc.property(
        fc.array(entry, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 150 }),
        (entries, target) => {
          const given: Case = {
            current: entries.length,
            states: entries.map(({ state }) => state),
            levels: entries.map(({ level }) => level),
          };
          let proposal: Proposal;
          try {
            proposal = byUtilization(scene(given), samples(given), cpu(target));
          } catch {
            return;
          }
          const isPartial = given.states.some((state, index) => state !== 'ready' || given.levels[index] === undefined);
          const ratio = (proposal.utilization ?? 0) / target;
          expect(Number.isInteger(proposal.replicas) && proposal.replicas >= 0).toBe(true);
          if (!isPartial && ratio > 1.1) expect(proposal.replicas).toBeGreaterThan(given.current);
          if (!isPartial && ratio < 0.9) expect(proposal.replicas).toBeLessThanOrEqual(given.current);
        },
      ),
    );
  });
});

describe('byValue', () => {
  it.each<[string, Case & { target: number }, Partial<Proposal>]>([
    ['scales up', { current: 3, states: all(3), levels: [20, 10, 30], target: 15 }, { replicas: 4, usage: 20 }],
    [
      'counts unready pods: only CPU looks different at the start',
      { current: 3, states: ['ready', 'ready', 'unready'], levels: [50, 10, 30], target: 15 },
      { replicas: 6, usage: 30 },
    ],
    [
      'counts pending pods as idle',
      { current: 3, states: ['ready', 'ready', 'pending'], levels: [50, 10, 30], target: 15 },
      { replicas: 4, usage: 30 },
    ],
    [
      'scales down',
      { current: 5, states: all(5), levels: [12, 12, 12, 12, 12], target: 20 },
      { replicas: 3, usage: 12 },
    ],
    ['keeps', { current: 3, states: all(3), levels: [20, 21, 21], target: 20 }, { replicas: 3, usage: 20 }],
    [
      'fills what is missing up to the target',
      { current: 4, states: all(4), levels: [10, 10, 10], target: 20 },
      { replicas: 3, usage: 10 },
    ],
  ])('%s', (_, given, expected) => {
    expect(byValue(scene(given), samples(given, 1), '', given.target)).toMatchObject(expected);
  });
});

describe('byTotal and byShare', () => {
  const given: Case = { current: 3, states: all(3), levels: [] };

  it.each<[string, number, number, number]>([
    ['scales up by pods in service', 20_000, 15_000, 4],
    ['scales down', 5_000, 15_000, 1],
    ['keeps', 14_000, 15_000, 3],
    ['is bounded', 1e18, 1, 2 ** 31 - 1],
  ])('a total %s', (_, usage, target, replicas) => {
    expect(byTotal(scene(given), usage, target).replicas).toBe(replicas);
  });

  it('a total counts pods in service only, and none where there are none', () => {
    const some: Case = { current: 3, states: ['ready', 'unready', 'ready'], levels: [] };
    expect(byTotal(scene(some), 30_000, 15_000).replicas).toBe(4);
    expect(byTotal({ ...scene(given), currentReplicas: 0, pods: [] }, 20_000, 15_000).replicas).toBe(2);
    expect(byTotal({ ...scene(given), currentReplicas: 0, pods: [] }, 0, 15_000).replicas).toBe(0);
    expect(() => byTotal({ ...scene(given), pods: [] }, 20_000, 1)).toThrow(/^unable to calculate ready pods: /);
  });

  it.each<[string, number, number, number, number]>([
    ['scales up', 3, 8600, 4, 2867],
    ['scales down', 5, 2000, 1, 400],
    ['keeps', 3, 6100, 3, 2034],
  ])('a share %s', (_, current, usage, replicas, perPod) => {
    expect(byShare(current, tolerances, usage, 2150)).toEqual({ replicas, usage: perPod });
  });
});
