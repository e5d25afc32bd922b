import type { AdmissionRequest } from '../../admission-plugin';
import { eventLimitsOf, type EventLimit } from './event-limits';
import { eventRateLimit, EventRateLimitPlugin } from './event-rate-limit.plugin';

const event = (more: Partial<AdmissionRequest> = {}, about: object = {}): AdmissionRequest => ({
  operation: 'CREATE',
  group: '',
  version: 'v1',
  resource: 'events',
  subresource: '',
  kind: 'Event',
  namespace: 'default',
  name: 'e',
  namespaced: true,
  object: {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: 'e' },
    source: { component: 'kubelet', host: 'n1' },
    involvedObject: { kind: 'Pod', namespace: 'default', name: 'p', uid: 'u', apiVersion: 'v1', ...about },
  },
  user: { name: 'alice', groups: [] },
  dryRun: false,
  warn: () => undefined,
  ...more,
});

describe('EventRateLimit', () => {
  let now = 0;
  const plugin = (...limits: EventLimit[]) => new EventRateLimitPlugin(limits, () => now);
  const refusal = (of: EventRateLimitPlugin, request = event()): string | undefined => {
    try {
      if (of.handles(request)) of.validate(request);
      return undefined;
    } catch (error) {
      const { status } = error as { status: object };
      expect(status).toMatchObject({ status: 'Failure', code: 429, reason: 'TooManyRequests' });
      expect(status).not.toHaveProperty('details.retryAfterSeconds');
      return (error as Error).message;
    }
  };

  it('takes a burst at once and then as many a second as it says', () => {
    const limited = plugin({ type: 'Server', qps: 2, burst: 3 });
    const taken = () => Array.from({ length: 5 }, () => refusal(limited) === undefined);
    expect(taken()).toEqual([true, true, true, false, false]);
    now += 499;
    expect(refusal(limited)).toBe('Too many requests: limit reached on type Server for key ');
    now += 1;
    expect(taken()).toEqual([true, false, false, false, false]);
    now += 60_000;
    expect(taken()).toEqual([true, true, true, false, false]);
  });

  it.each<[EventLimit['type'], AdmissionRequest, string]>([
    ['Namespace', event({ namespace: 'other' }), 'default'],
    ['User', event({ user: { name: 'bob', groups: [] } }), 'alice'],
    ['SourceAndObject', event({}, { name: 'other' }), 'kubeletn1Poddefaultpuv1'],
  ])('counts by %s', (type, other, key) => {
    const limited = plugin({ type, qps: 1, burst: 1 });
    expect(refusal(limited)).toBeUndefined();
    expect(refusal(limited)).toBe(`Too many requests: limit reached on type ${type} for key ${key}`);
    expect(refusal(limited, other)).toBeUndefined();
  });

  it('asks every limit and names all that are reached', () => {
    const limited = plugin({ type: 'Server', qps: 1, burst: 2 }, { type: 'User', qps: 1, burst: 1 });
    expect(refusal(limited)).toBeUndefined();
    expect(refusal(limited)).toBe('Too many requests: limit reached on type User for key alice');
    expect(refusal(limited)).toBe(
      'Too many requests: [limit reached on type Server for key , limit reached on type User for key alice]',
    );
  });

  it('remembers the keys that were used last', () => {
    const limited = plugin({ type: 'Namespace', qps: 1, burst: 1, cacheSize: 2 });
    const wrote = (namespace: string) => refusal(limited, event({ namespace })) === undefined;
    expect(['a', 'b', 'a', 'c', 'a', 'b'].map(wrote)).toEqual([true, true, false, true, false, true]);
  });

  it('leaves alone what is no Event of the core group, what is deleted and what is tried', () => {
    const limited = plugin({ type: 'Server', qps: 1, burst: 1 });
    const handled = (more: Partial<AdmissionRequest>) => limited.handles(event(more));
    expect(handled({ operation: 'UPDATE' })).toBe(true);
    expect(handled({ operation: 'DELETE' })).toBe(false);
    expect(handled({ dryRun: true })).toBe(false);
    expect(handled({ group: 'events.k8s.io' })).toBe(false);
    expect(handled({ kind: 'Pod', resource: 'pods' })).toBe(false);
  });

  it.each([
    [{}, 'limits: Invalid value: []: must not be empty'],
    [
      { limits: [{ type: 'Cluster', qps: 1, burst: 1 }] },
      'limits[0].type: Unsupported value: "Cluster": supported values: "Server", "Namespace", "User", "SourceAndObject"',
    ],
    [
      { limits: [{ type: 'Server', qps: 0, burst: -1 }] },
      '[limits[0].burst: Invalid value: -1: must be positive, limits[0].qps: Invalid value: 0: must be positive]',
    ],
    [
      { limits: [{ type: 'User', qps: 1, burst: 1, cacheSize: -1 }] },
      'limits[0].cacheSize: Invalid value: -1: must not be negative',
    ],
    [
      { limits: [null] },
      '[limits[0].type: Unsupported value: "": supported values: "Server", "Namespace", "User", "SourceAndObject", limits[0].burst: Invalid value: 0: must be positive, limits[0].qps: Invalid value: 0: must be positive]',
    ],
    [{ limits: 'many' }, 'limits: Invalid value: "many": must be a list'],
  ])('refuses the configuration %j', (configuration, message) => {
    expect(() => eventLimitsOf(configuration)).toThrow(new Error(message));
  });

  it('does not begin where it is enabled and has no configuration', () => {
    expect(() => eventRateLimit(undefined, ['EventRateLimit'])).toThrow(
      `couldn't init admission plugin "EventRateLimit": limits: Invalid value: []: must not be empty`,
    );
    expect(eventRateLimit(undefined, []).onByDefault).toBe(false);
  });
});
