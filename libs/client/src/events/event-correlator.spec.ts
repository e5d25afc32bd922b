import type { CoreEvent } from '@nestor/api';
import { EventCorrelator } from './event-correlator';

let serial = 0;
function event(message: string, uid = 'u1', reason = 'Created'): CoreEvent {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `e${serial++}`, namespace: 'default' },
    involvedObject: { kind: 'Pod', name: 'p', namespace: 'default', uid },
    reason,
    message,
    type: 'Normal',
    source: { component: 'test' },
    firstTimestamp: '2026-01-01T00:00:00Z',
    reportingComponent: 'test',
    reportingInstance: '',
  };
}

describe('EventCorrelator', () => {
  it('raises the count of the same event', () => {
    const correlator = new EventCorrelator();
    const first = correlator.correlate(event('a'), 0)!;
    const second = correlator.correlate(event('a'), 1)!;
    expect(first.existing).toBeUndefined();
    expect(second).toMatchObject({ existing: first.event.metadata.name, event: { count: 2 } });
  });

  it('combines many that differ only in their message', () => {
    const correlator = new EventCorrelator();
    const results = Array.from({ length: 12 }, (_, index) => correlator.correlate(event(`m${index}`), index)!);
    expect(results[8]!.event.message).toBe('m8');
    expect(results[9]!.event.message).toBe('(combined from similar events): m9');
    expect(results[10]!.existing).toBe(results[9]!.event.metadata.name);
  });

  it('lets one object say 25 at once, then one in five minutes, and others speak', () => {
    const correlator = new EventCorrelator();
    const say = (now: number, uid?: string) => correlator.correlate(event('x', uid), now);
    for (let index = 0; index < 25; index++) expect(say(0)).toBeDefined();
    expect(say(0)).toBeUndefined();
    expect(say(0, 'u2')).toBeDefined();
    expect(say(300_001)).toBeDefined();
    expect(say(300_001)).toBeUndefined();
  });

  it('starts anew when the event it would raise is gone', () => {
    const correlator = new EventCorrelator();
    const first = correlator.correlate(event('a'), 0)!;
    correlator.forget(first.event.metadata.name!);
    expect(correlator.correlate(event('a'), 1)!.existing).toBeUndefined();
  });
});
