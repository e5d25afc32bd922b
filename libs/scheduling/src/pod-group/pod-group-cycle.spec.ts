import { aNode, aPod } from '../framework/testing-objects';
import { World, aGroup, aWorld, closeWorlds, member, placed, turn, until, usedOn } from './testing-world';

afterEach(closeWorlds);

describe('the cycle of a pod group', () => {
  it('binds all of a gang that fits, and says so once', async () => {
    const world = aWorld();
    const { scheduler, bound, groups } = world;
    scheduler.setNode(aNode('a', { cpu: '4' }));
    scheduler.setPodGroup(aGroup(3));
    for (const name of ['m0', 'm1', 'm2']) scheduler.setPod(member(name));
    scheduler.start();
    await until(() => bound.size === 3);
    expect(groups).toEqual([{ result: 'scheduled', message: '' }]);
  });

  it('places none when not enough of them fit, holds no room, and tries again as one', async () => {
    const world = aWorld();
    const { scheduler, bound, told, groups } = world;
    scheduler.setNode(aNode('a', { cpu: '2' }));
    scheduler.setPodGroup(aGroup(3));
    for (const name of ['m0', 'm1', 'm2']) scheduler.setPod(member(name));
    scheduler.start();
    await until(() => told.length === 3);
    const waits = 'pod group is unschedulable, waiting for minCount pods from a gang to be scheduled';
    expect(told).toEqual([
      { pod: 'm0', message: waits, nominated: '' },
      { pod: 'm1', message: waits, nominated: '' },
      expect.objectContaining({ pod: 'm2', message: expect.stringContaining('1 Insufficient cpu') }),
    ]);
    expect(groups).toEqual([{ result: 'unschedulable', message: 'pod group is unschedulable' }]);
    expect(usedOn(world, 'a')).toBe(0);
    scheduler.setPod(aPod('loner', { cpu: '2' }));
    await until(() => bound.has('loner'));
    scheduler.setNode(aNode('b', { cpu: '3' }));
    await until(() => bound.size === 4);
    expect(groups.at(-1)).toEqual({ result: 'scheduled', message: '' });
  });

  it('lets minCount of a larger gang go, and the others when there is room for them', async () => {
    const { scheduler, bound, groups } = aWorld();
    scheduler.setNode(aNode('a', { cpu: '2' }));
    scheduler.setPodGroup(aGroup(2));
    for (const name of ['m0', 'm1', 'm2']) scheduler.setPod(member(name));
    scheduler.start();
    await until(() => bound.size === 2);
    expect(groups[0]?.result).toBe('scheduled');
    scheduler.setNode(aNode('b', { cpu: '1' }));
    await until(() => bound.get('m2') === 'b');
    scheduler.setNode(aNode('c', { cpu: '1' }));
    scheduler.setPod(member('late'));
    await until(() => bound.get('late') === 'c');
  });

  it('takes as many as fit of a group with the basic policy', async () => {
    const { scheduler, bound, told } = aWorld();
    scheduler.setNode(aNode('a', { cpu: '2' }));
    scheduler.setPodGroup(aGroup(undefined));
    for (const name of ['m0', 'm1', 'm2']) scheduler.setPod(member(name));
    scheduler.start();
    await until(() => bound.size === 2 && told.length === 1);
  });

  it('waits for a group that does not exist yet', async () => {
    const { scheduler, bound } = aWorld();
    scheduler.setNode(aNode('a'));
    scheduler.setPod(member('m0'));
    scheduler.start();
    await turn();
    expect(scheduler.queue.counts().gated).toBe(1);
    scheduler.setPodGroup(aGroup(1));
    await until(() => bound.size === 1);
  });

  it('places the more important pods first', async () => {
    const { scheduler, bound } = aWorld();
    scheduler.setNode(aNode('a', { cpu: '1' }));
    scheduler.setPodGroup(aGroup(1));
    scheduler.setPod(member('low'));
    scheduler.setPod(member('high', '1', 'crew', { priority: 5, preemptionPolicy: 'Never' }));
    scheduler.start();
    await until(() => bound.size === 1);
    expect(bound.has('high')).toBe(true);
  });

  it('refuses pods of one group that ask for different schedulers', async () => {
    const { scheduler, told } = aWorld();
    scheduler.setNode(aNode('a'));
    scheduler.setPodGroup(aGroup(2));
    const other = { ...scheduler.profiles.get('default-scheduler'), schedulerName: 'other' };
    (scheduler.profiles as Map<string, unknown>).set('other', other);
    scheduler.setPod(member('m0'));
    scheduler.setPod(member('m1', '1', 'crew', { schedulerName: 'other' }));
    scheduler.start();
    await until(() => told.length >= 2);
    expect(told[0]?.message).toBe(
      'all pods in a single pod group should have the same .spec.schedulerName set, got: "default-scheduler" and "other"',
    );
  });

  it('ends with an error for all when a plugin breaks for one', async () => {
    let breaks = true;
    const world = aWorld({
      reserve: ({ key }) => {
        if (breaks && key.endsWith('m1')) throw new Error('no connection');
      },
    });
    const { scheduler, bound, told, groups } = world;
    scheduler.setNode(aNode('a'));
    scheduler.setPodGroup(aGroup(2));
    for (const name of ['m0', 'm1']) scheduler.setPod(member(name));
    scheduler.start();
    await until(() => groups.length > 0);
    breaks = false;
    const message = 'failed to schedule other pod from a pod group: no connection';
    expect(groups[0]).toEqual({ result: 'error', message });
    expect(told.slice(0, 2)).toEqual([
      { pod: 'm0', message },
      { pod: 'm1', message: 'no connection' },
    ]);
    await until(() => bound.size === 2);
  });

  it('evicts for a gang that fits then, in one go, and binds it when the room is there', async () => {
    const { scheduler, bound, told, groups, evicted } = aWorld();
    for (const node of ['a', 'b']) {
      scheduler.setNode(aNode(node, { cpu: '2' }));
      scheduler.setPod(placed(`victim-${node}`, node, '2'));
    }
    scheduler.setPodGroup(aGroup(4));
    for (const name of ['m0', 'm1', 'm2', 'm3']) scheduler.setPod(member(name, '1', 'crew', { priority: 10 }));
    scheduler.start();
    await until(() => bound.size === 4);
    expect(evicted.sort()).toEqual(['victim-a', 'victim-b']);
    expect(groups[0]).toEqual({
      result: 'waiting_on_preemption',
      message: 'pod group is unschedulable, pod group is waiting for preemption to complete',
    });
    // Pods that fit into room that another of the group makes are nominated there too.
    expect(
      told
        .slice(0, 4)
        .map(({ nominated }) => nominated)
        .sort(),
    ).toEqual(['a', 'a', 'b', 'b']);
  });

  it('evicts nobody for a gang that would not fit all the same', async () => {
    const { scheduler, bound, groups, evicted } = aWorld();
    scheduler.setNode(aNode('a', { cpu: '2' }));
    scheduler.setPod(placed('victim', 'a', '2'));
    scheduler.setPodGroup(aGroup(3));
    for (const name of ['m0', 'm1', 'm2']) scheduler.setPod(member(name, '1', 'crew', { priority: 10 }));
    scheduler.start();
    await until(() => groups.length > 0);
    for (let i = 0; i < 5; i++) await turn();
    expect(groups[0]?.result).toBe('unschedulable');
    expect([evicted, bound.size, usedOn({ scheduler } as World, 'a')]).toEqual([[], 0, 2000]);
    expect(scheduler.nominated.size).toBe(0);
  });
});
