import type { DeepReadonly, Pod, PodGroup } from '@nestor/api';
import { PodInfo, podInfo } from '../../cache/pod-info';
import { buildProfile } from '../../config/build-profile';
import { defaultPluginsIn, defaultRegistry } from '../../config/plugin-registry';
import { configurationWithoutFile } from '../../config/read-configuration';
import { CycleState } from '../../framework/cycle-state';
import { aNode, aPod, quietObserver } from '../../framework/testing-objects';
import { Scheduler } from '../../scheduler';
import { GangScheduling } from './gang-scheduling.plugin';
import { PodGroupStates } from './pod-group-states';

let scheduler: Scheduler;
let bound: string[];
let messages: string[];

function start(timeoutMs: number): void {
  bound = [];
  messages = [];
  const registry = defaultRegistry({
    postBinding: ({ pod }) => Promise.resolve(void bound.push(pod.metadata.name ?? '')),
  });
  registry.set('GangScheduling', (_args, { podGroups }) => new GangScheduling(podGroups, timeoutMs));
  const [profile] = configurationWithoutFile(defaultPluginsIn(registry)).profiles;
  if (!profile) throw new Error('no profile');
  scheduler = new Scheduler({
    profiles: (handle) => [buildProfile(profile, registry, handle)],
    observer: { ...quietObserver, unschedulable: (_pod, message) => messages.push(message) },
    queue: { initialBackoffMs: 1, maxBackoffMs: 2 },
  });
  scheduler.start();
}

afterEach(() => scheduler.stop());

function group(minCount: number): DeepReadonly<PodGroup> {
  return {
    apiVersion: 'scheduling.k8s.io/v1alpha2',
    kind: 'PodGroup',
    metadata: { name: 'crew', namespace: 'default' },
    spec: { schedulingPolicy: { gang: { minCount } } },
  };
}

const member = (name: string): DeepReadonly<Pod> =>
  aPod(name, { cpu: '1', spec: { schedulingGroup: { podGroupName: 'crew' } } });

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !condition(); i++) await turn();
  expect(condition()).toBe(true);
}

describe('gang scheduling', () => {
  it('waits for the group, then for enough of its pods', async () => {
    start(60_000);
    scheduler.setNode(aNode('a'));
    scheduler.setPod(member('m0'));
    expect(scheduler.queue.counts().gated).toBe(1);
    scheduler.setPodGroup(group(2));
    expect(scheduler.queue.counts().gated).toBe(1);
    scheduler.setPod(member('m1'));
    await until(() => bound.length === 2);
  });

  it('lets pods go when fewer are asked for', async () => {
    start(60_000);
    scheduler.setNode(aNode('a'));
    scheduler.setPodGroup(group(3));
    scheduler.setPod(member('m0'));
    await turn();
    expect(bound).toEqual([]);
    scheduler.setPodGroup(group(1));
    await until(() => bound.length === 1);
  });

  it('lets a pod that has lost the others hold its place for a while only', async () => {
    const groups = new PodGroupStates();
    const plugin = new GangScheduling(groups, 20);
    groups.setGroup(group(2));
    const [one, two] = ['m0', 'm1'].map((name) => podInfo(member(name))) as [PodInfo, PodInfo];
    const state = new CycleState();
    const permit = (pod: PodInfo) => plugin.permit(state, pod, 'a', new AbortController().signal);
    plugin.reserve(state, one);
    expect(plugin.waitsFor(one)).toBe('waiting for minCount pods from a gang to be scheduled');
    expect((await permit(one))?.reasons).toEqual([
      'rejected due to timeout after waiting 20ms at plugin GangScheduling',
    ]);
    const held = permit(one);
    plugin.reserve(state, two);
    expect(await permit(two)).toBeUndefined();
    expect(await held).toBeUndefined();
  });

  it('takes pods that are bound already into account', async () => {
    start(60_000);
    scheduler.setNode(aNode('a'));
    scheduler.setPodGroup(group(2));
    const before = member('m0');
    scheduler.setPod({ ...before, spec: { ...before.spec, nodeName: 'a' } } as Pod);
    scheduler.setPod(member('m1'));
    await until(() => bound.length === 1);
  });
});
