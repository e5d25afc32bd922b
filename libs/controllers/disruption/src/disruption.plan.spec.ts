import type { Pod, PodDisruptionBudget } from '@nestor/api';
import fc from 'fast-check';
import { planBudget, planFailure, untilStale, withoutDisruptionTarget } from './disruption.plan';
import { expectedPodsOf, needsScale } from './expected-pods';

const now = Date.parse('2026-01-01T01:00:00Z');
const ago = (seconds: number): string => new Date(now - seconds * 1000).toISOString().replace('.000Z', 'Z');

function budget(
  spec: PodDisruptionBudget['spec'] = { minAvailable: 1 },
  status?: PodDisruptionBudget['status'],
): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default', generation: 3 },
    spec: { selector: {}, ...spec },
    status,
  };
}

function pod(name: string, { ready = true, deleting = false } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...(deleting ? { deletionTimestamp: ago(1) } : {}) },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
  };
}

describe('expectedPodsOf', () => {
  it.each<[string, PodDisruptionBudget['spec'], { expectedPods: number; desiredHealthy: number }]>([
    ['a number of pods', { minAvailable: 2 }, { expectedPods: 5, desiredHealthy: 2 }],
    ['a share, rounded up', { minAvailable: '30%' }, { expectedPods: 7, desiredHealthy: 3 }],
    ['all', { minAvailable: '100%' }, { expectedPods: 7, desiredHealthy: 7 }],
    ['some away', { maxUnavailable: 2 }, { expectedPods: 7, desiredHealthy: 5 }],
    ['a share away, rounded up', { maxUnavailable: '30%' }, { expectedPods: 7, desiredHealthy: 4 }],
    ['more away than there are', { maxUnavailable: 9 }, { expectedPods: 7, desiredHealthy: 0 }],
    ['none away', { maxUnavailable: 0 }, { expectedPods: 7, desiredHealthy: 7 }],
    ['no bound', {}, { expectedPods: 0, desiredHealthy: 0 }],
  ])('with %s', (_, spec, expected) => expect(expectedPodsOf(spec, { scale: 7, matching: 5 })).toEqual(expected));

  it('asks owners only where a bound is relative to them', () => {
    expect(needsScale({ minAvailable: 1 })).toBe(false);
    expect(needsScale({ minAvailable: '1%' })).toBe(true);
    expect(needsScale({ maxUnavailable: 0 })).toBe(true);
  });

  it('says the same of a share and of its rest', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 10_000 }), (percent, scale) => {
        const { desiredHealthy } = expectedPodsOf({ minAvailable: `${percent}%` }, { scale, matching: 0 });
        const away = scale - desiredHealthy;
        expect(desiredHealthy * 100).toBeGreaterThanOrEqual(percent * scale);
        expect(away).toBeGreaterThanOrEqual(0);
        const rest = expectedPodsOf({ maxUnavailable: away }, { scale, matching: 0 });
        expect(rest.desiredHealthy).toBe(desiredHealthy);
      }),
    );
  });
});

describe('planBudget', () => {
  const expected = { expectedPods: 3, desiredHealthy: 2 };

  it('counts the ready', () => {
    const pods = [pod('a'), pod('b'), pod('c'), pod('d', { ready: false }), pod('e', { deleting: true })];
    const { status, isChanged } = planBudget(budget(), pods, expected, now);
    expect(isChanged).toBe(true);
    expect(status).toEqual({
      currentHealthy: 3,
      desiredHealthy: 2,
      expectedPods: 3,
      disruptionsAllowed: 1,
      observedGeneration: 3,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: 'True',
          reason: 'SufficientPods',
          message: '',
          observedGeneration: 3,
          lastTransitionTime: '2026-01-01T01:00:00Z',
        },
      ],
    });
  });

  it('writes nothing twice', () => {
    const pods = [pod('a'), pod('b'), pod('c')];
    const { status } = planBudget(budget(), pods, expected, now);
    expect(planBudget(budget({ minAvailable: 1 }, status), pods, expected, now + 60_000).isChanged).toBe(false);
    expect(planBudget(budget({ minAvailable: 1 }, status), pods.slice(1), expected, now).isChanged).toBe(true);
  });

  it('keeps the time of a verdict that stays and moves that of one that turns', () => {
    const first = planBudget(budget(), [pod('a'), pod('b'), pod('c')], expected, now).status;
    const later = (pods: Pod[]) => planBudget(budget({}, first), pods, expected, now + 60_000).status.conditions?.[0];
    expect(later([pod('a'), pod('b')])).toMatchObject({ reason: 'InsufficientPods', lastTransitionTime: ago(-60) });
    expect(later([pod('a'), pod('b'), pod('c'), pod('d')])).toMatchObject({ lastTransitionTime: ago(0) });
  });

  it('allows nothing where no pods are expected', () => {
    const none = planBudget(budget(), [pod('a')], { expectedPods: 0, desiredHealthy: 0 }, now).status;
    expect(none.disruptionsAllowed).toBe(0);
  });

  it('holds evicted pods for gone until they are, or have not gone for two minutes', () => {
    const disruptedPods = { going: ago(5), late: ago(121), deleted: ago(5), absent: ago(5) };
    const observed = budget({}, { ...expected, currentHealthy: 3, disruptionsAllowed: 0, disruptedPods });
    const pods = [pod('going'), pod('late'), pod('deleted', { deleting: true }), pod('other')];
    const planned = planBudget(observed, pods, expected, now);
    expect(planned.status.disruptedPods).toEqual({ going: ago(5) });
    expect(planned.status.currentHealthy).toBe(2);
    expect(planned.notDeleted.map(({ metadata }) => metadata.name)).toEqual(['late']);
    expect(planned.recheckAfterMs).toBe(115_000);
  });

  it('never allows more than leaves the desired number healthy', () => {
    const state = fc.record({ ready: fc.boolean(), deleting: fc.boolean(), evicted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(state, { maxLength: 30 }), fc.integer({ min: 0, max: 30 }), (states, desiredHealthy) => {
        const pods = states.map((one, index) => pod(`p${index}`, one));
        const disruptedPods = Object.fromEntries(
          states.flatMap(({ evicted }, index) => (evicted ? [[`p${index}`, ago(1)]] : [])),
        );
        const status = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0, disruptionsAllowed: 0, disruptedPods };
        const planned = planBudget(budget({}, status), pods, { expectedPods: 30, desiredHealthy }, now).status;
        const staying = states.filter(({ ready, deleting, evicted }) => ready && !deleting && !evicted).length;
        expect(planned.currentHealthy).toBe(staying);
        expect(planned.disruptionsAllowed).toBe(Math.max(0, staying - desiredHealthy));
      }),
    );
  });
});

describe('planFailure', () => {
  it('forbids all and says why', () => {
    const status = {
      currentHealthy: 3,
      desiredHealthy: 1,
      expectedPods: 3,
      disruptionsAllowed: 2,
      observedGeneration: 2,
    };
    expect(planFailure(budget({}, status), 'no luck', now)).toMatchObject({
      disruptionsAllowed: 0,
      currentHealthy: 3,
      conditions: [{ status: 'False', reason: 'SyncFailed', message: 'no luck', observedGeneration: 2 }],
    });
  });
});

describe('untilStale', () => {
  const announced = (seconds: number, more: object = {}): Pod => ({
    ...pod('a'),
    status: {
      phase: 'Running',
      conditions: [{ type: 'DisruptionTarget', status: 'True', lastTransitionTime: ago(seconds), ...more }],
    },
  });

  it('waits two minutes', () => {
    expect(untilStale(announced(20), now)).toBe(100_000);
    expect(untilStale(announced(500), now)).toBe(0);
  });

  it("leaves alone what is not an announcement, is no longer one, or is the kubelet's", () => {
    expect(untilStale(pod('a'), now)).toBeUndefined();
    expect(untilStale(announced(500, { status: 'False' }), now)).toBeUndefined();
    expect(untilStale(announced(500, { reason: 'TerminationByKubelet' }), now)).toBeUndefined();
    expect(untilStale({ ...announced(500), metadata: { deletionTimestamp: ago(1) } }, now)).toBeUndefined();
  });

  it('takes it back', () => {
    const status = withoutDisruptionTarget(announced(500, { reason: 'EvictionByEvictionAPI' }), now);
    expect(status?.conditions).toEqual([{ type: 'DisruptionTarget', status: 'False', lastTransitionTime: ago(0) }]);
  });
});
