import fc from 'fast-check';
import type { DeepReadonly, Pod } from '@nestor/api';
import { aNode, aPod } from '../framework/testing-objects';
import { World, aGroup, aWorld, closeWorlds, member } from './testing-world';

afterEach(closeWorlds);

const gangs = 3;
const cpu = fc.integer({ min: 1, max: 4 });

/** Pods of gangs and (as of group number 3) on their own, nodes and their ends; `turn` lets the scheduler work. */
const action = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pod' as const), group: fc.nat(gangs), cpu }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('node' as const), cpu }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('loseNode' as const), at: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('losePod' as const), at: fc.nat(29) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

interface Known {
  pod: DeepReadonly<Pod>;
  group: number;
}

class RandomCluster {
  readonly world: World = aWorld();
  readonly pods = new Map<string, Known>();
  readonly lossy = new Set<number>();
  private readonly nodes: string[] = [];
  private made = 0;

  constructor(minCounts: readonly number[]) {
    minCounts.forEach((minCount, at) => this.scheduler.setPodGroup(aGroup(minCount, `g${at}`)));
    this.scheduler.start();
  }

  get scheduler() {
    return this.world.scheduler;
  }

  async apply(step: Action): Promise<void> {
    if (step.kind === 'pod') this.addPod(step.group, String(step.cpu));
    else if (step.kind === 'node') {
      // A name never comes back: pods of a node that is gone would be on the new one.
      const name = `n${this.made++}`;
      this.nodes.push(name);
      this.scheduler.setNode(aNode(name, { cpu: String(step.cpu) }));
    } else if (step.kind === 'loseNode') this.scheduler.removeNode(this.nodes.splice(step.at, 1)[0] ?? '');
    else if (step.kind === 'losePod') this.losePod(step.at);
    else await new Promise((resolve) => setImmediate(resolve));
    this.showBound();
  }

  /** Until nothing is under way. */
  async settle(): Promise<void> {
    for (let i = 0; i < 15; i++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      this.showBound();
    }
  }

  private addPod(group: number, size: string): void {
    const name = `p${this.made++}`;
    const pod = group === gangs ? aPod(name, { cpu: size }) : member(name, size, `g${group}`);
    this.pods.set(name, { pod, group });
    this.scheduler.setPod(pod);
  }

  private losePod(at: number): void {
    const [name, known] = [...this.pods][at] ?? [];
    if (name === undefined || !known) return;
    this.lossy.add(known.group);
    this.pods.delete(name);
    this.scheduler.removePod(known.pod.metadata.uid ?? '');
  }

  /** What the informer does: it shows pods with the node they were bound to. */
  private showBound(): void {
    for (const [name, node] of this.world.bound) {
      const known = this.pods.get(name);
      if (!known || known.pod.spec?.nodeName) continue;
      known.pod = { ...known.pod, spec: { ...known.pod.spec, nodeName: node } as never };
      this.scheduler.setPod(known.pod);
    }
  }
}

function check({ scheduler, pods, world, lossy }: RandomCluster, minCounts: readonly number[]): void {
  for (const { pod } of pods.values()) {
    const uid = pod.metadata.uid ?? '';
    expect({ uid, queued: scheduler.queue.has(uid) }).toEqual({ uid, queued: !scheduler.cache.isPlaced(uid) });
  }
  for (const { requested, allocatable } of scheduler.cluster.nodes)
    expect(requested.milliCpu).toBeLessThanOrEqual(allocatable.milliCpu);
  minCounts.forEach((minCount, group) => {
    const bound = [...pods].filter(([name, known]) => known.group === group && world.bound.has(name)).length;
    if (!lossy.has(group)) expect(bound === 0 || bound >= minCount).toBe(true);
  });
}

it('gangs are never partial, no pod is lost and no node overcommitted, whatever comes', async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: gangs, maxLength: gangs });
  await fc.assert(
    fc.asyncProperty(sizes, fc.array(action, { minLength: 5, maxLength: 40 }), async (minCounts, actions) => {
      const cluster = new RandomCluster(minCounts);
      for (const step of actions) await cluster.apply(step);
      await cluster.settle();
      check(cluster, minCounts);
      cluster.scheduler.stop();
    }),
    { numRuns: 150 },
  );
});
