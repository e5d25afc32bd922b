import fc from 'fast-check';
import { refs } from '@nestor/client';
import { planCollection } from './garbage-collector.plan';
import { waitsForDependents, type GraphNode } from './ownership-graph';

type Policy = 'Background' | 'Foreground' | 'Orphan';
interface Case {
  owners: { of: number; to: number; blocks: boolean }[];
  deleted: number;
  policy: Policy;
}
const size = 8;
const anyIndex = fc.nat(size - 1);
const cases: fc.Arbitrary<Case> = fc.record({
  owners: fc.uniqueArray(fc.record({ of: anyIndex, to: anyIndex, blocks: fc.boolean() }), {
    maxLength: 16,
    selector: ({ of, to }) => of * size + to,
  }),
  deleted: anyIndex,
  policy: fc.constantFrom<Policy[]>('Background', 'Foreground', 'Orphan'),
});

/** The API server's part of a delete: the finalizer of the policy, and gone when there is none. */
function remove(world: Map<string, GraphNode>, uid: string, policy: Policy): void {
  const node = world.get(uid);
  if (!node) return;
  const finalizers = policy === 'Background' ? [] : [policy === 'Orphan' ? 'orphan' : 'foregroundDeletion'];
  if (finalizers.length === 0) world.delete(uid);
  else world.set(uid, { ...node, finalizers, isDeleting: true });
}

function worldOf({ owners }: Case): Map<string, GraphNode> {
  const world = new Map<string, GraphNode>();
  for (let index = 0; index < size; index++) {
    const own = owners.filter(({ of }) => of === index);
    world.set(`${index}`, {
      ref: refs.configMaps,
      namespace: 'x',
      name: `${index}`,
      uid: `${index}`,
      resourceVersion: '1',
      finalizers: [],
      isDeleting: false,
      owners: own.map(({ to, blocks }) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name: `${to}`,
        uid: `${to}`,
        blockOwnerDeletion: blocks,
      })),
    });
  }
  return world;
}

function step(world: Map<string, GraphNode>, node: GraphNode): boolean {
  const dependents = [...world.values()].filter(({ owners }) => owners.some(({ uid }) => uid === node.uid));
  const action = planCollection(node, dependents, ({ uid }) => {
    const owner = world.get(uid);
    if (!owner) return 'dangling';
    return waitsForDependents(owner) ? 'waiting' : 'solid';
  });
  const drop = (of: GraphNode, uids: readonly string[]): void =>
    void world.set(of.uid, { ...of, owners: of.owners.filter(({ uid }) => !uids.includes(uid)) });
  switch (action.kind) {
    case 'none':
    case 'awaitDependents':
      return false;
    case 'removeFinalizer':
      world.delete(node.uid);
      return true;
    case 'dropOwners':
      drop(node, action.uids);
      return true;
    case 'orphanDependents':
      action.dependents.forEach((dependent) => drop(world.get(dependent.uid) ?? dependent, [node.uid]));
      return true;
    case 'delete':
      if (action.unblock) {
        world.set(node.uid, { ...node, owners: node.owners.map((one) => ({ ...one, blockOwnerDeletion: false })) });
      }
      remove(world, node.uid, action.propagation);
      return true;
  }
}

/** In whatever order the queue hands them out, until nothing more is to do. */
function settle(world: Map<string, GraphNode>): string[] {
  for (let rounds = 0, isMoving = true; isMoving; rounds++) {
    if (rounds > 200) throw new Error('it never settles');
    isMoving = false;
    for (const uid of [...world.keys()]) {
      const node = world.get(uid);
      if (node && step(world, node)) isMoving = true;
    }
  }
  return [...world.keys()].sort();
}

/** Who is left: whoever had no owner to lose, or keeps one. */
function survivors({ owners, deleted, policy }: Case): string[] {
  const isOwned = (index: number): boolean => owners.some(({ of }) => of === index);
  const left = new Set(Array.from({ length: size }, (_, index) => index));
  left.delete(deleted);
  const orphans = new Set(policy === 'Orphan' ? owners.filter(({ to }) => to === deleted).map(({ of }) => of) : []);
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const index of [...left]) {
      const kept = owners.some(({ of, to }) => of === index && left.has(to));
      const hasOtherOwner = owners.some(({ of, to }) => of === index && to !== deleted);
      const isFreed = orphans.has(index) && !hasOtherOwner;
      if (isOwned(index) && !kept && !isFreed) left.delete(index);
    }
  }
  return [...left].map(String).sort();
}

/** With a circle through what is deleted in the foreground the order decides who goes; there must only be an end. */
function hasCycle({ owners }: Case): boolean {
  const reach = (from: number, seen: Set<number>): boolean =>
    owners.some(({ of, to }) => of === from && (seen.has(to) || reach(to, new Set([...seen, to]))));
  return Array.from({ length: size }, (_, index) => index).some((index) => reach(index, new Set([index])));
}

describe('planCollection over random ownership', () => {
  it('leaves what the slow reference leaves, and always comes to an end', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const world = worldOf(one);
        remove(world, `${one.deleted}`, one.policy);
        const left = settle(world);
        if (one.policy === 'Background' || !hasCycle(one)) expect(left).toEqual(survivors(one));
      }),
      { numRuns: 2000 },
    );
  });
});
