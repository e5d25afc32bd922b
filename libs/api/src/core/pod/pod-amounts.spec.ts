import type { Pod } from '../../meta/json-types';
import { isPodAvailable, isPodReady } from './pod-conditions';
import { podQosClass } from './pod-qos';
import { podLimits, podRequests } from './pod-resources';
import { podTemplateHash } from './pod-template-hash';
import { findUntoleratedTaint, tolerates } from '../taints';

const pod = (spec: object, status: object = {}): Pod => ({ metadata: { name: 'p' }, spec, status }) as unknown as Pod;
const asks = (cpu: string, extra: object = {}) => ({ resources: { requests: { cpu } }, ...extra });

describe('pod resources', () => {
  it('adds containers up', () => {
    expect(podRequests(pod({ containers: [asks('100m'), asks('1')] }))).toEqual({ cpu: '1100m' });
  });
  it('counts the largest init container beside the sidecars before it', () => {
    const sidecar = asks('200m', { restartPolicy: 'Always' });
    expect(podRequests(pod({ containers: [asks('1')], initContainers: [asks('3')] }))).toEqual({ cpu: '3' });
    expect(podRequests(pod({ containers: [asks('1')], initContainers: [sidecar, asks('3')] }))).toEqual({
      cpu: '3200m',
    });
    expect(podRequests(pod({ containers: [asks('1')], initContainers: [asks('500m'), sidecar] }))).toEqual({
      cpu: '1200m',
    });
  });
  it('adds overhead, to limits only where there is one', () => {
    const spec = {
      containers: [{ resources: { limits: { memory: '1Gi' } } }],
      overhead: { cpu: '10m', memory: '1Gi' },
    };
    expect(podRequests(pod(spec))).toEqual({ cpu: '10m', memory: '1Gi' });
    expect(podLimits(pod(spec))).toEqual({ memory: '2Gi' });
  });
});

describe('QoS class', () => {
  const both = { requests: { cpu: '1', memory: '1Gi' }, limits: { cpu: '1', memory: '1Gi' } };
  it.each([
    [[{}], 'BestEffort'],
    [[{ resources: both }], 'Guaranteed'],
    [[{ resources: both }, {}], 'Burstable'],
    [[{ resources: { requests: { cpu: '1' } } }], 'Burstable'],
    [[{ resources: { ...both, requests: { cpu: '500m', memory: '1Gi' } } }], 'Burstable'],
    [[{ resources: { requests: { 'example.com/gpu': '1' } } }], 'BestEffort'],
  ])('of %j is %s', (containers, expected) => expect(podQosClass(pod({ containers }))).toBe(expected));
});

describe('pod readiness', () => {
  const ready = pod(
    {},
    { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }] },
  );
  it('counts as available after minReadySeconds', () => {
    expect(isPodReady(ready)).toBe(true);
    expect(isPodAvailable(ready, 10, new Date('2026-01-01T00:00:09Z'))).toBe(false);
    expect(isPodAvailable(ready, 10, new Date('2026-01-01T00:00:10Z'))).toBe(true);
    expect(isPodAvailable(pod({}), 0, new Date())).toBe(false);
  });
});

describe('taints', () => {
  const taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
  it.each([
    [{ key: 'k', value: 'v' }, true],
    [{ key: 'k', operator: 'Equal', value: 'w' }, false],
    [{ key: 'k', operator: 'Exists' }, true],
    [{ operator: 'Exists' }, true],
    [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
    [{ key: 'other', operator: 'Exists' }, false],
  ])('%j tolerated: %p', (toleration, expected) => expect(tolerates(toleration, taint)).toBe(expected));
  it('finds the one nobody tolerates', () => {
    expect(findUntoleratedTaint([taint], [])).toBe(taint);
    expect(findUntoleratedTaint([{ ...taint, effect: 'PreferNoSchedule' }], [])).toBeUndefined();
  });
});

describe('pod template hash', () => {
  const template = { metadata: { labels: { a: 'b', c: 'd' } }, spec: { containers: [{ name: 'x', image: 'y' }] } };
  it('depends on content, not on key order, and on the collision count', () => {
    const reordered = { spec: { containers: [{ image: 'y', name: 'x' }] }, metadata: { labels: { c: 'd', a: 'b' } } };
    expect(podTemplateHash(reordered)).toBe(podTemplateHash(template));
    expect(podTemplateHash(template, 1)).not.toBe(podTemplateHash(template));
    expect(podTemplateHash({ ...template, spec: { containers: [] } })).not.toBe(podTemplateHash(template));
    expect(podTemplateHash(template)).toMatch(/^[bcdfghjklmnpqrstvwxz2456789]+$/);
  });
});
