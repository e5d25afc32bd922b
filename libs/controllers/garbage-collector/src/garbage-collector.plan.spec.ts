import { refs } from '@nestor/client';
import { planCollection, type OwnerState } from './garbage-collector.plan';
import { OwnershipGraph, isMeantBy, type GraphNode } from './ownership-graph';

const owner = (uid: string, blockOwnerDeletion = true) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  name: uid,
  uid,
  blockOwnerDeletion,
});
const node = (uid: string, fields: Partial<GraphNode> = {}): GraphNode => ({
  ref: refs.pods,
  namespace: 'default',
  name: uid,
  uid,
  resourceVersion: '1',
  owners: [],
  finalizers: [],
  isDeleting: false,
  ...fields,
});
const collect = (of: GraphNode, dependents: GraphNode[], states: Record<string, OwnerState> = {}) =>
  planCollection(of, dependents, ({ uid }) => states[uid] ?? 'solid');

describe('planCollection', () => {
  it('leaves alone what has no owner or a living one', () => {
    expect(collect(node('a'), [])).toEqual({ kind: 'none' });
    expect(collect(node('a', { owners: [owner('o')] }), [])).toEqual({ kind: 'none' });
  });

  it('deletes what has lost all owners, keeping the propagation it carries', () => {
    const lost = { o: 'dangling' } as const;
    const owners = [owner('o')];
    expect(collect(node('a', { owners }), [], lost)).toMatchObject({ kind: 'delete', propagation: 'Background' });
    expect(collect(node('a', { owners, finalizers: ['orphan'] }), [], lost)).toMatchObject({ propagation: 'Orphan' });
    expect(collect(node('a', { owners, finalizers: ['foregroundDeletion'] }), [], lost)).toMatchObject({
      propagation: 'Foreground',
    });
  });

  it('drops dead references while one owner lives', () => {
    const of = node('a', { owners: [owner('dead'), owner('alive'), owner('waiting')] });
    expect(collect(of, [], { dead: 'dangling', waiting: 'waiting' })).toEqual({
      kind: 'dropOwners',
      uids: ['dead', 'waiting'],
    });
  });

  it('goes on in the foreground when the owner waits and there are dependents', () => {
    const of = node('a', { owners: [owner('o')] });
    const child = node('c', { owners: [owner('a')] });
    const waiting = { o: 'waiting' } as const;
    expect(collect(of, [child], waiting)).toEqual({ kind: 'delete', propagation: 'Foreground', unblock: false });
    expect(collect(of, [], waiting)).toEqual({ kind: 'delete', propagation: 'Background', unblock: false });
    const alsoWaiting = node('c', { owners: [owner('a')], isDeleting: true, finalizers: ['foregroundDeletion'] });
    expect(collect(of, [alsoWaiting], waiting)).toMatchObject({ unblock: true });
  });

  it('holds a foreground deletion until the last blocking dependent is gone', () => {
    const of = node('o', { isDeleting: true, finalizers: ['foregroundDeletion'] });
    const blocking = node('a', { owners: [owner('o')] });
    const free = node('b', { owners: [owner('o', false)] });
    expect(collect(of, [blocking, free])).toEqual({ kind: 'awaitDependents', dependents: [blocking] });
    expect(collect(of, [free])).toEqual({ kind: 'removeFinalizer', finalizer: 'foregroundDeletion' });
  });

  it('frees the dependents of an orphaning owner, then lets it go', () => {
    const of = node('o', { isDeleting: true, finalizers: ['orphan'] });
    const child = node('a', { owners: [owner('o')] });
    expect(collect(of, [child])).toEqual({ kind: 'orphanDependents', dependents: [child] });
    expect(collect(of, [])).toEqual({ kind: 'removeFinalizer', finalizer: 'orphan' });
  });
});

describe('OwnershipGraph', () => {
  const object = (uid: string, owners: string[] = []) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: uid, namespace: 'default', uid, ownerReferences: owners.map((one) => owner(one)) },
  });

  it('knows dependents in whatever order they come, and forgets what leaves', () => {
    const graph = new OwnershipGraph();
    graph.set(refs.pods, object('child', ['owner']));
    expect(graph.dependents('owner').map(({ uid }) => uid)).toEqual(['child']);
    expect(graph.get('owner')).toBeUndefined();
    graph.set(refs.pods, object('owner'));
    graph.set(refs.pods, object('child', ['other']));
    expect(graph.dependents('owner')).toEqual([]);
    graph.delete('owner');
    expect(graph.isKnownAbsent(owner('owner'), 'default')).toBe(true);
    expect(graph.isKnownAbsent(owner('other'), 'default')).toBe(false);
  });

  it('tells a reference that looks in the wrong place from one to an object that is gone', () => {
    const graph = new OwnershipGraph();
    graph.markMisplaced(owner('o'), 'here');
    expect(graph.isKnownAbsent(owner('o'), 'here')).toBe(true);
    expect(graph.isKnownAbsent(owner('o'), 'there')).toBe(false);
  });
});

describe('isMeantBy', () => {
  it.each<[string, Partial<GraphNode>, boolean]>([
    ['beside it', {}, true],
    ['in no namespace', { namespace: '' }, true],
    ['in another namespace', { namespace: 'other' }, false],
    ['of another name', { name: 'other' }, false],
    ['of another kind', { ref: refs.configMaps }, false],
  ])('an owner %s', (_name, fields, meant) => expect(isMeantBy(node('o', fields), owner('o'), 'default')).toBe(meant));
});
