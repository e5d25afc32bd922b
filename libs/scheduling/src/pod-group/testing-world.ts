import type { DeepReadonly, Pod, PodGroup } from '@nestor/api';
import type { PodInfo } from '../cache/pod-info';
import { buildProfile } from '../config/build-profile';
import { defaultPluginsIn, defaultRegistry } from '../config/plugin-registry';
import { configurationWithoutFile } from '../config/read-configuration';
import { aPod, quietObserver } from '../framework/testing-objects';
import { Scheduler } from '../scheduler';

/** A scheduler with all default plugins and what it did. */
export interface World {
  scheduler: Scheduler;
  bound: Map<string, string>;
  told: { pod: string; message: string; nominated?: string }[];
  groups: { result: string; message: string }[];
  evicted: string[];
}

let open: Scheduler[] = [];
export function closeWorlds(): void {
  open.forEach((scheduler) => scheduler.stop());
  open = [];
}

export function aWorld(over: { reserve?: (pod: PodInfo) => void } = {}): World {
  const world: Omit<World, 'scheduler'> = { bound: new Map(), told: [], groups: [], evicted: [] };
  const registry = defaultRegistry({
    postBinding: ({ pod }, node) => Promise.resolve(void world.bound.set(pod.metadata.name ?? '', node)),
    preemption: {
      budgets: () => [],
      clearNomination: () => Promise.resolve(),
      evict: (victim) => {
        world.evicted.push(victim.pod.metadata.name ?? '');
        return Promise.resolve(scheduler.removePod(victim.uid));
      },
    },
  });
  registry.set('Faulty', () => ({
    name: 'Faulty',
    reserve: (_state: unknown, pod: PodInfo) => over.reserve?.(pod),
    unreserve: () => undefined,
  }));
  const known = [...defaultPluginsIn(registry), { name: 'Faulty' }];
  const [profile] = configurationWithoutFile(known).profiles;
  if (!profile) throw new Error('no profile');
  const scheduler: Scheduler = new Scheduler({
    profiles: (handle) => [buildProfile(profile, registry, handle)],
    observer: {
      ...quietObserver,
      unschedulable: ({ pod }, message, nominated) =>
        world.told.push({ pod: pod.metadata.name ?? '', message, nominated }),
      failed: ({ pod }, message) => world.told.push({ pod: pod.metadata.name ?? '', message }),
      podGroup: (_group, { result, message }) => world.groups.push({ result, message }),
    },
    queue: { initialBackoffMs: 1, maxBackoffMs: 2 },
  });
  open.push(scheduler);
  return { ...world, scheduler };
}

export function aGroup(minCount: number | undefined, name = 'crew'): DeepReadonly<PodGroup> {
  return {
    apiVersion: 'scheduling.k8s.io/v1alpha2',
    kind: 'PodGroup',
    metadata: { name, namespace: 'default' },
    spec: { schedulingPolicy: minCount === undefined ? { basic: {} } : { gang: { minCount } } },
  };
}

export const member = (name: string, cpu = '1', group = 'crew', spec: object = {}): DeepReadonly<Pod> =>
  aPod(name, { cpu, spec: { schedulingGroup: { podGroupName: group }, ...spec } });

export function placed(name: string, node: string, cpu: string, priority = 0): DeepReadonly<Pod> {
  const pod = aPod(name, { cpu, spec: { priority } });
  return { ...pod, spec: { ...pod.spec, nodeName: node } as never };
}

export const turn = () => new Promise((resolve) => setTimeout(resolve, 2));

export async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 600 && !condition(); i++) await turn();
  if (!condition()) throw new Error(`never came true: ${condition.toString()}`);
}

export const usedOn = ({ scheduler }: World, node: string) => scheduler.cluster.node(node)?.requested.milliCpu;
