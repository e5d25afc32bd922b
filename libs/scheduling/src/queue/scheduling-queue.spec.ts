import fc from 'fast-check';
import { podInfo } from '../cache/pod-info';
import { interest } from '../framework/cluster-event';
import { aPod } from '../framework/testing-objects';
import { PrioritySort } from '../plugins/priority-sort/priority-sort.plugin';
import { SchedulingGates } from '../plugins/scheduling-gates/scheduling-gates.plugin';
import { QueueEntry, SchedulingQueue } from './scheduling-queue';

const gates = new SchedulingGates();
const removed = (name: string) => ({ kind: 'PodRemoved', pod: podInfo(aPod(name)) }) as const;

function aQueue() {
  const clock = { now: 0 };
  let asked = 0;
  const queue = new SchedulingQueue({
    sort: new PrioritySort(),
    preEnqueue: () => [gates],
    interests: new Map([
      ['Room', [interest('PodRemoved', (pod, event) => (asked++, event.pod.uid !== pod.uid))]],
      ['Others', [interest('PodAssigned', () => (asked++, true), { sameForEqualPods: true })]],
      ['Deaf', []],
      ['Any', undefined],
      [gates.name, gates.events],
    ]),
    now: () => clock.now,
    onActive: () => undefined,
  });
  return { queue, clock, asked: () => asked };
}

const add = (queue: SchedulingQueue, name: string, priority = 0) =>
  queue.add(podInfo(aPod(name, { spec: { priority } })));
const popped = (queue: SchedulingQueue) => queue.pop() as QueueEntry;

describe('scheduling queue', () => {
  it('gives pods by priority, then in the order in which they came', () => {
    const { queue } = aQueue();
    add(queue, 'a');
    add(queue, 'b', 5);
    add(queue, 'c');
    expect([popped(queue), popped(queue), popped(queue)].map(({ pod }) => pod.key)).toEqual([
      'default/b',
      'default/a',
      'default/c',
    ]);
  });

  it('wakes a refused pod only by what its plugins listen to', () => {
    const { queue, clock } = aQueue();
    add(queue, 'a');
    queue.unschedulable(popped(queue), new Set(['Room']));
    clock.now = 20_000;
    queue.onEvent({ kind: 'NodeRemoved', name: 'n' });
    queue.onEvent(removed('a'));
    expect(queue.counts()).toMatchObject({ unschedulable: 1, active: 0 });
    queue.onEvent(removed('other'));
    expect(queue.counts()).toMatchObject({ unschedulable: 0, active: 1 });
  });

  it('wakes by any event what a plugin without interests refused, by none what a deaf one did', () => {
    const { queue, clock } = aQueue();
    add(queue, 'a');
    add(queue, 'b');
    queue.unschedulable(popped(queue), new Set(['Any']));
    queue.unschedulable(popped(queue), new Set(['Deaf']));
    clock.now = 20_000;
    queue.onEvent({ kind: 'PersistentVolumeClaim/Add', object: {} });
    expect(popped(queue).pod.key).toBe('default/a');
    expect(queue.counts().unschedulable).toBe(1);
  });

  it('backs off for twice as long each time, up to the limit', () => {
    const { queue, clock } = aQueue();
    add(queue, 'a');
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      queue.retry(popped(queue));
      const due = queue.flush() ?? 0;
      waits.push(due - clock.now);
      clock.now = due;
      queue.flush();
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000]);
  });

  it('does not let a woken pod sit out its back-off while there is nothing else to do', () => {
    const { queue } = aQueue();
    add(queue, 'a');
    queue.unschedulable(popped(queue), new Set(['Room']));
    queue.onEvent(removed('x'));
    expect(queue.counts().backoff).toBe(1);
    expect(popped(queue).pod.key).toBe('default/a');
  });

  it('sees what happened while the pod was being scheduled', () => {
    const { queue } = aQueue();
    add(queue, 'a');
    add(queue, 'b');
    const first = popped(queue);
    queue.onEvent(removed('x'));
    const second = popped(queue);
    queue.unschedulable(first, new Set(['Room']));
    queue.unschedulable(second, new Set(['Room']));
    expect([first.place, second.place]).toEqual(['backoff', 'unschedulable']);
  });

  it('tries again after five minutes even when nothing happened', () => {
    const { queue, clock } = aQueue();
    add(queue, 'a');
    queue.unschedulable(popped(queue), new Set(['Deaf']));
    expect(queue.flush()).toBe(300_000);
    clock.now = 300_000;
    queue.flush();
    expect(queue.counts()).toMatchObject({ active: 1, unschedulable: 0 });
  });

  it('keeps a gated pod out until its gates are gone', () => {
    const { queue } = aQueue();
    queue.add(podInfo(aPod('a', { spec: { schedulingGates: [{ name: 'wait' }] } })));
    expect(queue.pop()).toBeUndefined();
    queue.add(podInfo(aPod('a', { labels: { x: 'y' }, spec: { schedulingGates: [{ name: 'wait' }] } })));
    expect(queue.counts().gated).toBe(1);
    queue.add(podInfo(aPod('a')));
    expect(popped(queue).pod.key).toBe('default/a');
  });

  it('asks once for thousands of equal pods, and not at all for events that nobody listens to', () => {
    const { queue, asked } = aQueue();
    for (let i = 0; i < 10_000; i++) {
      add(queue, `p${i}`);
      queue.unschedulable(popped(queue), new Set(['Others']));
    }
    queue.onEvent(removed('x'));
    expect(asked()).toBe(0);
    queue.onEvent({ kind: 'PodAssigned', pod: podInfo(aPod('x')) });
    expect(asked()).toBe(1);
    expect(queue.counts().backoff).toBe(10_000);
  });

  it('never loses a pod and never has one in two places', () => {
    const names = fc.nat(6).map((at) => `p${at}`);
    const plugins = fc.subarray(['Room', 'Others', 'Deaf', 'Any']).map((list) => new Set(list));
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), name: names, priority: fc.nat(3), gated: fc.boolean() }),
      fc.record({ do: fc.constant('remove' as const), name: names }),
      fc.record({ do: fc.constant('pop' as const) }),
      fc.record({ do: fc.constant('refuse' as const), plugins }),
      fc.record({ do: fc.constant('fail' as const) }),
      fc.record({ do: fc.constant('bind' as const) }),
      fc.record({ do: fc.constant('event' as const), name: names, assigned: fc.boolean() }),
      fc.record({ do: fc.constant('activate' as const), name: names }),
      fc.record({ do: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 400_000 }) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const { queue, clock } = aQueue();
        const alive = new Set<string>();
        const taken = new Map<string, QueueEntry>();
        const oldest = (): QueueEntry | undefined => taken.values().next().value;
        for (const one of steps) {
          if (one.do === 'add') {
            const schedulingGates = one.gated ? [{ name: 'g' }] : [];
            const pod = podInfo(
              aPod(one.name, { labels: { g: String(one.gated) }, spec: { priority: one.priority, schedulingGates } }),
            );
            queue.add(pod);
            alive.add(pod.uid);
          } else if (one.do === 'remove') {
            const uid = `uid-default-${one.name}`;
            queue.remove(uid);
            alive.delete(uid);
            taken.delete(uid);
          } else if (one.do === 'pop') {
            const entry = queue.pop();
            if (!entry) continue;
            // In no two hands at a time.
            expect(taken.has(entry.pod.uid)).toBe(false);
            expect(alive.has(entry.pod.uid)).toBe(true);
            taken.set(entry.pod.uid, entry);
          } else if (one.do === 'refuse' || one.do === 'fail' || one.do === 'bind') {
            const entry = oldest();
            if (!entry) continue;
            taken.delete(entry.pod.uid);
            if (one.do === 'refuse') queue.unschedulable(entry, one.plugins);
            else if (one.do === 'fail') queue.retry(entry);
            else {
              queue.remove(entry.pod.uid);
              alive.delete(entry.pod.uid);
            }
          } else if (one.do === 'event') {
            const pod = podInfo(aPod(one.name));
            queue.onEvent(one.assigned ? { kind: 'PodAssigned', pod } : { kind: 'PodRemoved', pod });
          } else if (one.do === 'activate') queue.activateNow(`uid-default-${one.name}`);
          else {
            clock.now += one.ms;
            queue.flush();
          }
          const { active, backoff, unschedulable, gated } = queue.counts();
          expect(active + backoff + unschedulable + gated + taken.size).toBe(alive.size);
          for (const uid of alive) expect(queue.placeOf(uid) === 'inFlight').toBe(taken.has(uid));
        }
        // Given time and open gates, every pod comes out once.
        for (const entry of taken.values()) queue.retry(entry);
        for (const uid of alive) queue.add(podInfo(aPod(uid.slice('uid-default-'.length))));
        clock.now += 1_000_000;
        queue.flush();
        const out = new Set<string>();
        for (let entry = queue.pop(); entry; entry = queue.pop()) {
          expect(out.has(entry.pod.uid)).toBe(false);
          out.add(entry.pod.uid);
        }
        expect(out).toEqual(alive);
      }),
      { numRuns: 500 },
    );
  });
});
