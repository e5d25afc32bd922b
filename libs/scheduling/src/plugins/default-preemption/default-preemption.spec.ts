import type { DeepReadonly, Pod } from '@nestor/api';
import { PodInfo, podInfo } from '../../cache/pod-info';
import { buildProfile } from '../../config/build-profile';
import { defaultPluginsIn, defaultRegistry } from '../../config/plugin-registry';
import { configurationWithoutFile } from '../../config/read-configuration';
import { aNode, aPod, quietObserver } from '../../framework/testing-objects';
import { Scheduler } from '../../scheduler';
import { pickCandidate } from './pick-candidate';
import type { Budget } from './victims';

interface World {
  scheduler: Scheduler;
  bound: Map<string, string>;
  messages: string[];
  nominations: (string | undefined)[];
  evicted: string[];
}

let open: Scheduler[] = [];
afterEach(() => {
  open.forEach((scheduler) => scheduler.stop());
  open = [];
});

/** Victims vanish at once, or begin to terminate and stay. */
function aWorld(settings: { budgets?: Budget[]; lingering?: boolean; fails?: number } = {}): World {
  const { budgets = [], lingering = false } = settings;
  let { fails = 0 } = settings;
  const bound = new Map<string, string>();
  const world: Omit<World, 'scheduler'> = { bound, messages: [], nominations: [], evicted: [] };
  const registry = defaultRegistry({
    postBinding: ({ pod }, node) => Promise.resolve(void bound.set(pod.metadata.name ?? '', node)),
    preemption: {
      budgets: () => budgets,
      clearNomination: () => Promise.resolve(),
      evict: async (victim, _preemptor, node) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (fails-- > 0) throw new Error('no connection');
        world.evicted.push(victim.pod.metadata.name ?? '');
        if (!lingering) return scheduler.removePod(victim.uid);
        const status = {
          conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'PreemptionByScheduler' }],
        };
        const metadata = { ...victim.pod.metadata, deletionTimestamp: '2026-01-01T00:00:00Z', generation: 2 };
        scheduler.setPod({ ...victim.pod, metadata, spec: { ...victim.pod.spec, nodeName: node } as never, status });
      },
    },
  });
  const [profile] = configurationWithoutFile(defaultPluginsIn(registry)).profiles;
  if (!profile) throw new Error('no profile');
  const scheduler: Scheduler = new Scheduler({
    profiles: (handle) => [buildProfile(profile, registry, handle)],
    observer: {
      ...quietObserver,
      unschedulable: (_pod, message, nominated) => {
        world.messages.push(message);
        world.nominations.push(nominated);
      },
    },
    queue: { initialBackoffMs: 1, maxBackoffMs: 2 },
  });
  open.push(scheduler);
  scheduler.start();
  return { ...world, scheduler };
}

function placed(
  name: string,
  node: string,
  priority: number,
  over: Parameters<typeof aPod>[1] = {},
): DeepReadonly<Pod> {
  const pod = aPod(name, { cpu: '1', ...over, spec: { ...over.spec, priority } });
  return { ...pod, spec: { ...pod.spec, nodeName: node } as never };
}

const budgetFor = (app: string, disruptionsAllowed: number): Budget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: app, namespace: 'default' },
  spec: { selector: { matchLabels: { app } } },
  status: { disruptionsAllowed, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
});

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
}

const urgent = (name: string, cpu: string, spec: object = {}) => aPod(name, { cpu, spec: { priority: 100, ...spec } });

describe('default preemption', () => {
  it('removes as few and as unimportant pods as it can, nominates the node and binds there', async () => {
    const { scheduler, bound, messages, nominations, evicted } = aWorld();
    scheduler.setNode(aNode('a', { cpu: '3' }));
    scheduler.setNode(aNode('b', { cpu: '3' }));
    for (const [name, node, priority] of [
      ['a-low', 'a', 1],
      ['a-mid', 'a', 5],
      ['a-high', 'a', 200],
      ['b-mid', 'b', 5],
      ['b-mid2', 'b', 5],
      ['b-high', 'b', 200],
    ] as const)
      scheduler.setPod(placed(name, node, priority));
    scheduler.setPod(urgent('urgent', '1'));
    await until(() => bound.has('urgent'));
    expect(bound.get('urgent')).toBe('a');
    expect(evicted).toEqual(['a-low']);
    expect(nominations).toEqual(['a']);
    expect(messages).toEqual(['0/2 nodes are available: 2 Insufficient cpu.']);
  });

  it('wakes a pod by the end of its own victims, not by those of others', async () => {
    const { scheduler, bound, evicted } = aWorld({ lingering: true });
    for (const node of ['a', 'b']) {
      scheduler.setNode(aNode(node, { cpu: '2' }));
      scheduler.setPod(placed(`victim-${node}`, node, 1, { cpu: '2' }));
    }
    scheduler.setPod(urgent('one', '2'));
    scheduler.setPod(urgent('two', '2'));
    await until(() => evicted.length === 2 && scheduler.queue.counts().unschedulable === 2);
    const attempts = jest.spyOn(scheduler.queue, 'pop');
    const there = scheduler.nominated.on('a')[0]?.pod.metadata.name ?? '';
    scheduler.removePod('uid-default-victim-a');
    await until(() => bound.get(there) === 'a');
    const taken = attempts.mock.results.flatMap(({ value }) => (value ? [(value as { pod: PodInfo }).pod.key] : []));
    expect(taken).toEqual([`default/${there}`]);
    scheduler.removePod('uid-default-victim-b');
    await until(() => bound.size === 2);
  });

  it('lets a pod look elsewhere when a more important one takes the room that is made for it', async () => {
    const { scheduler, bound, evicted } = aWorld({ lingering: true });
    scheduler.setNode(aNode('a', { cpu: '2' }));
    scheduler.setPod(placed('victim-a', 'a', 1, { cpu: '2' }));
    scheduler.setPod(urgent('first', '2'));
    await until(() => evicted.length === 1 && scheduler.queue.counts().unschedulable === 1);
    scheduler.setPod(aPod('greater', { cpu: '2', spec: { priority: 200 } }));
    await until(() => scheduler.nominated.on('a').some(({ key }) => key === 'default/greater'));
    scheduler.removePod('uid-default-victim-a');
    await until(() => bound.get('greater') === 'a');
    scheduler.setNode(aNode('b', { cpu: '2' }));
    await until(() => bound.get('first') === 'b');
  });

  it('says why preemption does not help', async () => {
    const { scheduler, messages } = aWorld();
    scheduler.setNode(aNode('small', { cpu: '1' }));
    scheduler.setNode(aNode('full', { cpu: '4' }));
    scheduler.setPod(placed('rock', 'full', 1000, { cpu: '4' }));
    scheduler.setPod(urgent('big', '2'));
    await until(() => messages.length > 0);
    expect(messages[0]).toBe(
      '0/2 nodes are available: 2 Insufficient cpu. preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    );
  });

  it('does not preempt for a pod that must not', async () => {
    const { scheduler, messages, evicted } = aWorld();
    scheduler.setNode(aNode('a', { cpu: '1' }));
    scheduler.setPod(placed('low', 'a', 1));
    scheduler.setPod(urgent('polite', '1', { preemptionPolicy: 'Never' }));
    await until(() => messages.length > 0);
    expect(messages[0]).toBe(
      '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
    );
    expect(evicted).toEqual([]);
  });

  it('spares pods with a budget where it can', async () => {
    const { scheduler, bound, evicted } = aWorld({ budgets: [budgetFor('db', 0)] });
    scheduler.setNode(aNode('a', { cpu: '1' }));
    scheduler.setNode(aNode('b', { cpu: '1' }));
    scheduler.setPod(placed('db', 'a', 1, { labels: { app: 'db' } }));
    scheduler.setPod(placed('web', 'b', 50));
    scheduler.setPod(urgent('urgent', '1'));
    await until(() => bound.has('urgent'));
    expect(evicted).toEqual(['web']);
  });

  it('waits for victims that terminate, and keeps their room from pods of lower priority', async () => {
    const { scheduler, bound, messages, evicted } = aWorld({ lingering: true });
    scheduler.setNode(aNode('a', { cpu: '2' }));
    scheduler.setPod(placed('low', 'a', 1, { cpu: '2' }));
    scheduler.setPod(urgent('urgent', '1'));
    await until(() => evicted.length === 1);
    scheduler.setPod(aPod('later', { cpu: '2', spec: { priority: 10 } }));
    await until(() => messages.length >= 2);
    scheduler.setPod(aPod('nudge', { cpu: '1', spec: { priority: 100, preemptionPolicy: 'Never' } }));
    await until(() => messages.length >= 3);
    expect(evicted).toEqual(['low']);
    scheduler.removePod('uid-default-low');
    await until(() => bound.has('urgent') && bound.has('nudge'));
    expect(bound.has('later')).toBe(false);
  });

  it('makes room that anti-affinity denies', async () => {
    const { scheduler, bound, evicted } = aWorld();
    scheduler.setNode(aNode('a'));
    scheduler.setPod(placed('rival', 'a', 1, { labels: { app: 'x' } }));
    scheduler.setPod(placed('bystander', 'a', 1));
    const apart = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'x' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    };
    scheduler.setPod(urgent('urgent', '1', { affinity: apart }));
    await until(() => bound.has('urgent'));
    expect(evicted).toEqual(['rival']);
  });

  it('tries again when a victim could not be removed', async () => {
    const { scheduler, bound, evicted } = aWorld({ fails: 1 });
    scheduler.setNode(aNode('a', { cpu: '1' }));
    scheduler.setPod(placed('low', 'a', 1));
    scheduler.setPod(urgent('urgent', '1'));
    await until(() => bound.has('urgent'));
    expect(evicted).toEqual(['low']);
  });

  it('picks where it hurts least: budgets, then the highest priority, their sum, their number, their age', () => {
    const victim = (priority: number, startTime: string) => ({
      ...podInfo({ ...aPod(`${priority}-${startTime}`), status: { startTime } }),
      priority,
    });
    const early = '2026-01-01T00:00:00Z';
    const late = '2026-01-02T00:00:00Z';
    const candidate = (node: string, budgetViolations: number, ...pods: ReturnType<typeof victim>[]) => ({
      node,
      victims: { pods, budgetViolations },
    });
    const order = [
      candidate('violates', 1, victim(-5, late)),
      candidate('high', 0, victim(9, late)),
      candidate('two', 0, victim(1, late), victim(1, late)),
      candidate('old', 0, victim(1, early)),
      candidate('young', 0, victim(1, late)),
    ];
    for (let count = order.length; count > 0; count--)
      expect(pickCandidate(order.slice(0, count))?.node).toBe(order[count - 1]?.node);
  });
});
