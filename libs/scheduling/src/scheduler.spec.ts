import fc from 'fast-check';
import type { DeepReadonly, Pod } from '@nestor/api';
import { podInfo } from './cache/pod-info';
import type { PermitPlugin, PreBindPlugin } from './framework/plugin';
import { rejection, type Rejection } from './framework/rejection';
import { aNode, aPod, quietObserver } from './framework/testing-objects';
import { Profile } from './framework/profile';
import { defaultPlugins } from './plugins/default-plugins';
import { Scheduler } from './scheduler';

interface Outcome {
  scheduler: Scheduler;
  bound: Map<string, string>;
  messages: string[];
}

function aScheduler(
  postBinding: (pod: DeepReadonly<Pod>, node: string) => Promise<void> = () => Promise.resolve(),
  mayAct?: () => boolean,
): Outcome {
  const bound = new Map<string, string>();
  const messages: string[] = [];
  const plugins = defaultPlugins(async (pod, node) => {
    await postBinding(pod.pod, node);
    bound.set(pod.pod.metadata.name ?? '', node);
  });
  const scheduler = new Scheduler({
    profiles: [new Profile('default-scheduler', plugins)],
    observer: {
      scheduled: () => undefined,
      unschedulable: (_pod, message) => messages.push(message),
      failed: (_pod, message) => messages.push(message),
      binding: (_pod, _node, run) => run(),
    },
    mayAct,
    queue: { initialBackoffMs: 1, maxBackoffMs: 2 },
  });
  return { scheduler, bound, messages };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await turn();
  expect(condition()).toBe(true);
}

describe('scheduler', () => {
  let open: Outcome[] = [];
  const start = (...args: Parameters<typeof aScheduler>): Outcome => {
    const outcome = aScheduler(...args);
    open.push(outcome);
    outcome.scheduler.start();
    return outcome;
  };
  afterEach(() => {
    open.forEach(({ scheduler }) => scheduler.stop());
    open = [];
  });

  it('says what kube-scheduler says when nothing fits, and binds once something changes', async () => {
    const { scheduler, bound, messages } = start();
    scheduler.setNode(aNode('small', { cpu: '1' }));
    scheduler.setNode(aNode('cordoned', { spec: { unschedulable: true } }));
    scheduler.setNode(
      aNode('tainted', { spec: { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] } }),
    );
    scheduler.setPod(aPod('big', { cpu: '2' }));
    await until(() => messages.length > 0);
    expect(messages[0]).toBe(
      '0/3 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated taint {dedicated: gpu}, 1 node(s) were unschedulable.',
    );
    scheduler.setNode(aNode('small', { cpu: '4' }));
    await until(() => bound.get('big') === 'small');
  });

  it('says that there are no nodes', async () => {
    const { scheduler, messages } = start();
    scheduler.setPod(aPod('lonely'));
    await until(() => messages[0] === 'no nodes available to schedule pods');
  });

  describe('a pod that waits before it is bound', () => {
    interface Gate extends PreBindPlugin, PermitPlugin {
      open(refusal?: string): void;
    }
    /** Waits at one point until it is opened. */
    function gate(point: 'permit' | 'preBind'): Gate {
      let resolve: (refused: Rejection | undefined) => void = () => undefined;
      const promise = new Promise<Rejection | undefined>((done) => (resolve = done));
      return {
        name: 'Gate',
        permit: () => (point === 'permit' ? promise : Promise.resolve(undefined)),
        preBindPreFlight: () => (point === 'preBind' ? undefined : 'skip'),
        preBind: () => promise,
        open: (refusal) => resolve(refusal === undefined ? undefined : rejection('Gate', 'unschedulable', refusal)),
      };
    }
    function startWith(plugin?: Gate) {
      const told: string[] = [];
      const plugins = defaultPlugins((pod) => Promise.resolve(void told.push(`${pod.key} bound`)));
      const scheduler = new Scheduler({
        profiles: [new Profile('default-scheduler', plugin ? [...plugins, { plugin, weight: 1 }] : plugins)],
        observer: {
          ...quietObserver,
          expecting: (pod, node) => Promise.resolve(void told.push(`${pod.key} expected on ${node}`)),
        },
      });
      open.push({ scheduler, bound: new Map(), messages: [] });
      scheduler.setNode(aNode('n'));
      scheduler.setPod(aPod('p'));
      scheduler.start();
      return told;
    }

    it.each(['permit', 'preBind'] as const)('at %s is said to be expected on its node', async (point) => {
      const plugin = gate(point);
      const told = startWith(plugin);
      await until(() => told.length > 0);
      expect(told).toEqual(['default/p expected on n']);
      plugin.open();
      await until(() => told.length > 1);
      expect(told).toEqual(['default/p expected on n', 'default/p bound']);
    });

    it('is expected no more where it may not go', async () => {
      const plugin = gate('preBind');
      const told = startWith(plugin);
      await until(() => told.length > 0);
      plugin.open('no');
      await until(() => told.length > 1);
      expect(told).toEqual(['default/p expected on n', 'default/p expected on undefined']);
    });

    it('is the only one that is told of', async () => {
      const plugin = gate('permit');
      plugin.open();
      const told = startWith(plugin);
      await until(() => told.length > 0);
      expect(told).toEqual(['default/p bound']);
    });
  });

  it('does not schedule before it leads', async () => {
    const outcome = aScheduler();
    open.push(outcome);
    outcome.scheduler.setNode(aNode('a'));
    outcome.scheduler.setPod(aPod('p'));
    await turn();
    expect(outcome.bound.size).toBe(0);
    outcome.scheduler.start();
    await until(() => outcome.bound.get('p') === 'a');
  });

  it('decides nothing while another may lead', async () => {
    let leads = false;
    const outcome = aScheduler(undefined, () => leads);
    open.push(outcome);
    outcome.scheduler.setNode(aNode('a'));
    outcome.scheduler.setPod(aPod('p'));
    outcome.scheduler.start();
    await turn();
    expect(outcome.bound.size).toBe(0);
    leads = true;
    await until(() => outcome.bound.get('p') === 'a');
  });

  it('tries again when binding fails, and gives the room back meanwhile', async () => {
    let failures = 2;
    const { scheduler, bound, messages } = start(() =>
      failures-- > 0 ? Promise.reject(new Error('connection refused')) : Promise.resolve(),
    );
    scheduler.setNode(aNode('a', { cpu: '1' }));
    scheduler.setPod(aPod('p', { cpu: '1' }));
    await until(() => bound.get('p') === 'a');
    expect(messages).toEqual(Array(2).fill('running Bind plugin "DefaultBinder": connection refused'));
  });

  it('keeps a gated pod until its gates are gone', async () => {
    const { scheduler, bound } = start();
    scheduler.setNode(aNode('a'));
    scheduler.setPod(aPod('gated', { spec: { schedulingGates: [{ name: 'wait' }] } }));
    await turn();
    expect(bound.size).toBe(0);
    scheduler.setPod(aPod('gated'));
    await until(() => bound.get('gated') === 'a');
  });

  it('schedules higher priority first', async () => {
    const order: string[] = [];
    const outcome = aScheduler((pod) => {
      order.push(pod.metadata.name ?? '');
      return Promise.resolve();
    });
    open.push(outcome);
    outcome.scheduler.setNode(aNode('a'));
    outcome.scheduler.setPod(aPod('low', { spec: { priority: 1 } }));
    outcome.scheduler.setPod(aPod('high', { spec: { priority: 100 } }));
    outcome.scheduler.start();
    await until(() => order.length === 2);
    expect(order).toEqual(['high', 'low']);
  });

  it('keeps pods with required anti-affinity apart, also against pods placed before', async () => {
    const { scheduler, bound, messages } = start();
    for (const name of ['a', 'b', 'c']) scheduler.setNode(aNode(name));
    const apart = {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'db' } }, topologyKey: 'kubernetes.io/hostname' },
        ],
      },
    };
    for (const name of ['db-0', 'db-1', 'db-2', 'db-3'])
      scheduler.setPod(aPod(name, { labels: { app: 'db' }, spec: { affinity: apart } }));
    await until(() => bound.size === 3 && messages.length > 0);
    expect(new Set(bound.values())).toEqual(new Set(['a', 'b', 'c']));
    expect(messages[0]).toBe("0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules.");
    // The labels alone make this one a victim of the others' anti-affinity.
    scheduler.setPod(aPod('guest', { labels: { app: 'db' } }));
    await until(() =>
      messages.includes("0/3 nodes are available: 3 node(s) didn't satisfy existing pods anti-affinity rules."),
    );
  });

  it('puts the first pod of a self-affine group anywhere and the rest beside it', async () => {
    const { scheduler, bound } = start();
    for (const [name, zone] of [
      ['a', '1'],
      ['b', '2'],
    ] as const)
      scheduler.setNode(aNode(name, { labels: { zone } }));
    const together = {
      podAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { labelSelector: { matchLabels: { app: 'web' } }, topologyKey: 'zone' },
        ],
      },
    };
    for (let i = 0; i < 5; i++)
      scheduler.setPod(aPod(`web-${i}`, { labels: { app: 'web' }, spec: { affinity: together } }));
    await until(() => bound.size === 5);
    expect(new Set(bound.values()).size).toBe(1);
  });

  it('frees host ports and room when a pod is done', async () => {
    const { scheduler, bound } = start();
    scheduler.setNode(aNode('a'));
    const ports = { containers: [{ name: 'main', ports: [{ containerPort: 80, hostPort: 80, protocol: 'TCP' }] }] };
    scheduler.setPod(aPod('first', { spec: ports }));
    await until(() => bound.has('first'));
    scheduler.setPod(aPod('second', { spec: ports }));
    await turn();
    expect(bound.has('second')).toBe(false);
    scheduler.setPod({ ...aPod('first', { spec: { ...ports, nodeName: 'a' } }), status: { phase: 'Succeeded' } });
    await until(() => bound.get('second') === 'a');
  });

  it('never takes more than a node has and never loses a pod, whatever comes in whatever order', async () => {
    const action = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('pod' as const), id: fc.nat(30), cpu: fc.integer({ min: 1, max: 8 }) }),
      },
      { weight: 2, arbitrary: fc.record({ do: fc.constant('delete' as const), id: fc.nat(30), cpu: fc.constant(0) }) },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constant('node' as const), id: fc.nat(4), cpu: fc.integer({ min: 4, max: 16 }) }),
      },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 5, maxLength: 60 }), async (actions) => {
        const { scheduler, bound } = start((pod) =>
          Number(pod.metadata.uid?.length) % 7 === 0 ? Promise.reject(new Error('no')) : Promise.resolve(),
        );
        const alive = new Map<string, DeepReadonly<Pod>>();
        for (const { do: what, id, cpu } of actions) {
          if (what === 'node') scheduler.setNode(aNode(`n${id}`, { cpu: '16' }));
          else if (what === 'delete') {
            alive.delete(`p${id}`);
            bound.delete(`p${id}`);
            scheduler.removePod(`uid-default-p${id}`);
          } else if (!alive.has(`p${id}`)) {
            const pod = aPod(`p${id}`, { cpu: String(cpu) });
            alive.set(`p${id}`, pod);
            scheduler.setPod(pod);
          }
          if (id % 5 === 0) await turn();
        }
        await turn();
        for (const node of scheduler.cache.view.nodes) {
          const used = [...node.pods.values()].reduce((sum, pod) => sum + pod.requests.milliCpu, 0);
          expect(used).toBe(node.requested.milliCpu);
          expect(used).toBeLessThanOrEqual(node.allocatable.milliCpu);
        }
        for (const pod of alive.values()) {
          const uid = podInfo(pod).uid;
          expect(scheduler.queue.has(uid) || scheduler.cache.isPlaced(uid)).toBe(true);
        }
        scheduler.stop();
      }),
      { numRuns: 30 },
    );
  });
});
