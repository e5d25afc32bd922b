import type { HorizontalPodAutoscaler } from '@nestor/api';
import fc from 'fast-check';
import { normalize, type Limits } from './normalize';
import { forgetOld, newHistory, recordScale, type ScalingHistory } from './scaling-history';

type Behavior = NonNullable<NonNullable<HorizontalPodAutoscaler['spec']>['behavior']>;
type Rules = NonNullable<Behavior['scaleUp']>;

const now = 1_000_000_000;
const settings = { now, downscaleStabilizationMs: 300_000 };
const limits = (current: number, desired: number, min = 1, max = 100): Limits => ({ current, desired, min, max });
const empty = (): ScalingHistory => ({ recommendations: [], scaleUps: [], scaleDowns: [] });

const rules = (selectPolicy: string, ...policies: [string, number, number][]): Rules => ({
  stabilizationWindowSeconds: 0,
  selectPolicy,
  policies: policies.map(([type, value, periodSeconds]) => ({ type, value, periodSeconds })),
});
const freely = rules('Max', ['Percent', 100, 60]);

describe('normalize without a behavior', () => {
  it.each<[string, Limits, number, string, boolean]>([
    ['is within range', limits(3, 5), 5, 'DesiredWithinRange', false],
    ['doubles at most', limits(3, 50), 6, 'ScaleUpLimit', true],
    ['adds up to four', limits(1, 50), 4, 'ScaleUpLimit', true],
    ['ends at the maximum', limits(3, 50, 1, 5), 5, 'TooManyReplicas', true],
    ['ends at the minimum', limits(3, 1, 2), 2, 'TooFewReplicas', true],
  ])('%s', (_, given, replicas, reason, limited) => {
    const result = normalize(given, undefined, empty(), settings);
    expect(result).toMatchObject({ replicas, limited, scalingLimited: { reason } });
    expect(result.ableToScale.reason).toBe('ReadyForNewScale');
  });

  it('holds to the highest recommendation of five minutes', () => {
    const history = newHistory(10, now - 299_000);
    expect(normalize(limits(10, 2), undefined, history, settings)).toMatchObject({
      replicas: 10,
      ableToScale: { reason: 'ScaleDownStabilized' },
    });
    expect(history.recommendations).toHaveLength(2);
    expect(normalize(limits(10, 2), undefined, newHistory(10, now - 301_000), settings).replicas).toBe(2);
  });
});

describe('normalize with a behavior', () => {
  it.each<[string, Limits, Rules, number, string]>([
    ['adds pods', limits(10, 50), rules('Max', ['Pods', 4, 60]), 14, 'ScaleUpLimit'],
    ['adds a share, rounded up', limits(3, 50), rules('Max', ['Percent', 10, 60]), 4, 'ScaleUpLimit'],
    ['takes the larger', limits(10, 50), rules('Max', ['Pods', 4, 60], ['Percent', 100, 60]), 20, 'ScaleUpLimit'],
    ['takes the smaller', limits(10, 50), rules('Min', ['Pods', 4, 60], ['Percent', 100, 60]), 14, 'ScaleUpLimit'],
    ['does not', limits(10, 50), rules('Disabled', ['Pods', 4, 60]), 10, 'ScaleUpLimit'],
    ['ends at the maximum', limits(10, 50, 1, 12), rules('Max', ['Pods', 4, 60]), 12, 'TooManyReplicas'],
    ['is within range', limits(10, 13), rules('Max', ['Pods', 4, 60]), 13, 'DesiredWithinRange'],
  ])('scaling up %s', (_, given, scaleUp, replicas, reason) => {
    const result = normalize(given, { scaleUp, scaleDown: freely }, empty(), settings);
    expect(result).toMatchObject({ replicas, scalingLimited: { reason } });
  });

  it.each<[string, Limits, Rules, number, string]>([
    ['takes pods', limits(10, 1), rules('Max', ['Pods', 4, 60]), 6, 'ScaleDownLimit'],
    ['takes a share', limits(10, 1), rules('Max', ['Percent', 25, 60]), 7, 'ScaleDownLimit'],
    ['takes the larger', limits(10, 1), rules('Max', ['Pods', 4, 60], ['Percent', 50, 60]), 5, 'ScaleDownLimit'],
    ['takes the smaller', limits(10, 1), rules('Min', ['Pods', 4, 60], ['Percent', 50, 60]), 6, 'ScaleDownLimit'],
    ['does not', limits(10, 1), rules('Disabled', ['Pods', 4, 60]), 10, 'ScaleDownLimit'],
    ['ends at the minimum', limits(10, 1, 8), rules('Max', ['Pods', 4, 60]), 8, 'TooFewReplicas'],
    ['may take all', limits(10, 2), freely, 2, 'DesiredWithinRange'],
  ])('scaling down %s', (_, given, scaleDown, replicas, reason) => {
    const result = normalize(given, { scaleUp: freely, scaleDown }, empty(), settings);
    expect(result).toMatchObject({ replicas, scalingLimited: { reason } });
  });

  it('counts what changed within the period, and not what changed before', () => {
    const history = empty();
    recordScale(history, 10, 13, now - 59_000);
    recordScale(history, 5, 10, now - 61_000);
    const behavior = { scaleUp: rules('Max', ['Pods', 4, 60]), scaleDown: freely };
    expect(normalize(limits(13, 50), behavior, history, settings).replicas).toBe(14);
    recordScale(history, 13, 12, now - 5_000);
    expect(normalize(limits(12, 50), behavior, history, settings).replicas).toBe(14);
    recordScale(history, 12, 16, now - 4_000);
    expect(normalize(limits(16, 50), behavior, history, settings).replicas).toBe(16);
  });

  it('follows the lowest recent recommendation up and the highest down', () => {
    const behavior = (up: number, down?: number): Behavior => ({
      scaleUp: { ...freely, stabilizationWindowSeconds: up },
      scaleDown: { ...freely, stabilizationWindowSeconds: down },
    });
    const history = (): ScalingHistory => ({
      ...empty(),
      recommendations: [
        { replicas: 6, at: now - 90_000 },
        { replicas: 12, at: now - 30_000 },
      ],
    });
    expect(normalize(limits(5, 10), behavior(120), history(), settings)).toMatchObject({
      replicas: 6,
      ableToScale: { reason: 'ScaleUpStabilized' },
    });
    expect(normalize(limits(8, 10), behavior(60), history(), settings).replicas).toBe(10);
    expect(normalize(limits(20, 2), behavior(0, 60), history(), settings)).toMatchObject({
      replicas: 12,
      ableToScale: { reason: 'ScaleDownStabilized' },
    });
    expect(normalize(limits(20, 2), behavior(0, 0), history(), settings).replicas).toBe(2);
    // Without a window of its own, the controller's holds.
    expect(normalize(limits(20, 2), behavior(0), history(), settings).replicas).toBe(12);
  });
});

describe('normalize always', () => {
  const policy = fc.tuple(
    fc.constantFrom('Pods', 'Percent'),
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 1, max: 1800 }),
  );
  const ruleSet = fc
    .tuple(fc.constantFrom('Max', 'Min', 'Disabled'), fc.array(policy, { minLength: 1, maxLength: 3 }))
    .map(([select, policies]) => rules(select, ...policies));

  it('stays between the bounds and never passes the goal', () => {
    fc.assert(
      fc.property(
        fc.record({ scaleUp: ruleSet, scaleDown: ruleSet }),
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 1, max: 50 }),
        (behavior, current, desired, max) => {
          fc.pre(current <= max);
          for (const given of [behavior, undefined]) {
            const { replicas } = normalize({ current, desired, min: 1, max }, given, empty(), settings);
            expect(replicas).toBeGreaterThanOrEqual(1);
            expect(replicas).toBeLessThanOrEqual(max);
            if (desired >= current) expect(replicas).toBeGreaterThanOrEqual(Math.min(current, desired));
            if (desired <= current) expect(replicas).toBeLessThanOrEqual(current);
          }
        },
      ),
    );
  });

  it('forgets what no window reaches', () => {
    const history = newHistory(3, now - 3_700_000);
    recordScale(history, 3, 4, now - 10);
    forgetOld(history, now);
    expect(history).toEqual({ recommendations: [], scaleUps: [{ change: 1, at: now - 10 }], scaleDowns: [] });
  });
});
