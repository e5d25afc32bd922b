import type { Pod, Service } from '@nestor/api';
import { TriggerTimes } from './trigger-times';

const service: Service = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', creationTimestamp: '2026-01-01T00:00:00Z' },
};
const pod = (name: string, lastTransitionTime: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  status: { conditions: [{ type: 'Ready', status: 'True', lastTransitionTime }] },
});

it('tells the earliest change since the last look', () => {
  const times = new TriggerTimes();
  const late = pod('a', '2026-01-01T00:00:05Z');
  expect(times.next('k', service, [late])).toBe('2026-01-01T00:00:00Z');
  expect(times.next('k', service, [late])).toBeUndefined();
  const more = [pod('b', '2026-01-01T00:00:09Z'), pod('c', '2026-01-01T00:00:07Z')];
  expect(times.next('k', service, [late, ...more])).toBe('2026-01-01T00:00:07Z');
  times.forget('k');
  expect(times.next('k', service, [late])).toBe('2026-01-01T00:00:00Z');
});
