import type { TruthStore } from '@nestor/store';
import { hasNatsServer, startNats, type TestNats } from '@nestor/testing';
import { ObjectWriter, sleep, StoreFixture, until } from '../../test/store-fixture';
import { bookmarkSubject, nodePattern, watchPattern, type Bus, type BusMessage } from '../bus/bus';
import { InProcessBus } from '../bus/in-process-bus';
import { NatsBus } from '../bus/nats-bus';
import { StreamPosition } from '../bus/stream-position';
import { BusRelay, type BusRelayOptions } from './bus-relay';
import { eventData, splitResource, traceparentOf } from './relay-message';

jest.setTimeout(120_000);

/** A subscriber that applies events by the rules and heals gaps from the store, as an informer does over HTTP. */
class Follower {
  readonly applied: number[] = [];
  gaps = 0;
  readonly position: StreamPosition;
  private work = Promise.resolve();

  constructor(
    bus: Bus,
    pattern: string,
    from: number,
    private readonly store: TruthStore,
  ) {
    this.position = new StreamPosition(from);
    bus.subscribe(pattern, (message) => {
      this.work = this.work.then(() => this.take(message));
    });
  }

  private async take(message: BusMessage): Promise<void> {
    let verdict = this.position.accept(message);
    if (verdict === 'gap') {
      this.gaps += 1;
      for (const change of await this.store.changes(this.position.revision, 100_000, 'pods')) {
        this.applied.push(change.revision);
        this.position.revision = change.revision;
      }
      verdict = this.position.accept(message);
    }
    if (verdict === 'apply') this.applied.push(message.revision);
  }
}

/** Of a kubelet that is there; gives the revision. */
const heartbeat = (store: TruthStore, node: string): Promise<number> =>
  new ObjectWriter(store, 'leases.coordination.k8s.io').put('kube-node-lease', node, 'red');

describe('the relay', () => {
  const fixture = new StoreFixture();
  const closers: (() => Promise<unknown>)[] = [];
  const relayOf = (source: TruthStore, bus: Bus, options: Partial<BusRelayOptions> = {}): BusRelay => {
    const relay = new BusRelay({ source, bus, bookmarkMs: 50, ...options });
    relay.start();
    closers.push(() => relay.stop());
    return relay;
  };
  const natsBus = async (nats: TestNats): Promise<NatsBus> => {
    const bus = new NatsBus({ url: nats.url });
    closers.push(() => bus.close());
    await bus.ready();
    return bus;
  };
  beforeAll(() => fixture.start());
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
    await fixture.closeStores();
  });
  afterAll(() => fixture.stop());

  it('publishes every change once, in order, each with the one before it on its stream', async () => {
    const url = await fixture.database();
    const [store, other] = await Promise.all([fixture.open(url), fixture.open(url)]);
    const bus = new InProcessBus();
    const seen: BusMessage[] = [];
    bus.subscribe('nestor.>', (message) => seen.push(message));
    const writer = new ObjectWriter(store);
    const leading: boolean[] = [];
    const start = await heartbeat(store, 'node.1');
    const relay = relayOf(store, bus, { onLeading: (leads) => leading.push(leads) });
    await until(() => seen.some((message) => message.subject === bookmarkSubject));
    const created = await writer.put('default', 'a.b', 'red');
    const config = await new ObjectWriter(other, 'deployments.apps').put('default', 'x', 'red');
    const bound = await writer.put('default', 'a.b', 'blue', { spec: { nodeName: 'node.1' } }, other);
    const gone = await writer.remove('default', 'a.b', 'blue');
    await until(() => seen.some((message) => message.revision >= gone && message.subject === bookmarkSubject));
    const events = seen.filter((message) => message.type === 'event');
    expect(events.map(({ subject, revision, previous }) => [subject, revision, previous])).toEqual([
      ['nestor.watch._.pods.default.a%2Eb', created, start],
      ['nestor.watch.apps.deployments.default.x', config, start],
      ['nestor.watch._.pods.default.a%2Eb', bound, created],
      ['nestor.node.node%2E1.pods.default.a%2Eb', bound, start],
      ['nestor.watch._.pods.default.a%2Eb', gone, bound],
    ]);
    expect(JSON.parse(Buffer.from(events[2]?.data ?? []).toString())).toEqual({
      type: 'MODIFIED',
      object: {
        kind: 'Pod',
        apiVersion: 'v1',
        metadata: { resourceVersion: String(bound), name: 'a.b', namespace: 'default', labels: { color: 'blue' } },
        spec: { nodeName: 'node.1' },
      },
    });
    await until(() =>
      seen.some(({ subject, previous }) => subject === 'nestor.watch._.pods._bookmark._bookmark' && previous === gone),
    );
    await relay.stop();
    expect(leading).toEqual([true, false]);
    expect(await store.position('relay')).toBe(gone);
  });

  it('hands over to another replica without leaving anything out', async () => {
    const url = await fixture.database();
    const stores = await Promise.all([fixture.open(url), fixture.open(url)]);
    const bus = new InProcessBus();
    const follower = new Follower(
      bus,
      watchPattern({ group: '', plural: 'pods' }),
      await stores[0].currentRevision(),
      stores[0],
    );
    const relays = stores.map((store) => relayOf(store, bus));
    const writer = new ObjectWriter(stores[1]);
    const revisions: number[] = [];
    let running = true;
    const writing = (async () => {
      for (let index = 0; running; index += 1) {
        revisions.push(await writer.put('default', `p${index % 20}`, `c${index}`));
        await sleep(2);
      }
    })();
    await until(() => follower.applied.length > 20);
    // The one that leads goes, whichever it is; then everything that is left, lock and all.
    await relays[0]?.stop();
    const before = follower.applied.length;
    await until(() => follower.applied.length > before + 20);
    await relays[1]?.stop();
    await sleep(50);
    relayOf(stores[0], bus);
    const later = follower.applied.length;
    await until(() => follower.applied.length > later + 20);
    running = false;
    await writing;
    await until(() => follower.position.revision >= (revisions.at(-1) as number));
    expect(follower.applied).toEqual(revisions);
  });

  it('carries on when its lock is taken away', async () => {
    const store = await fixture.open(await fixture.database());
    const bus = new InProcessBus();
    const follower = new Follower(bus, 'nestor.watch._.pods.>', await store.currentRevision(), store);
    const terms: boolean[] = [];
    // Every lock is lost soon after it was won, as when its connection breaks.
    const source: TruthStore = Object.assign(Object.create(store) as TruthStore, {
      acquireLock: async (name: string, signal: AbortSignal) => {
        const lock = await store.acquireLock(name, signal);
        return { lost: AbortSignal.any([lock.lost, AbortSignal.timeout(40)]), release: () => lock.release() };
      },
    });
    relayOf(source, bus, { onLeading: (leads) => terms.push(leads) });
    const writer = new ObjectWriter(store);
    const revisions: number[] = [];
    while (terms.length < 10) revisions.push(await writer.put('default', `p${revisions.length % 5}`, 'red'));
    await until(() => follower.position.revision >= (revisions.at(-1) as number));
    expect(follower.applied).toEqual(revisions);
  });

  it('never sends anything of Secrets', async () => {
    const store = await fixture.open(await fixture.database());
    const bus = new InProcessBus();
    const seen: BusMessage[] = [];
    bus.subscribe('>', (message) => seen.push(message));
    relayOf(store, bus, { bookmarksPerSweep: 1 });
    await until(() => seen.length > 0);
    const secrets = new ObjectWriter(store, 'secrets');
    await secrets.put('default', 's', 'hunter2', { data: { p: 'aHVudGVyMg==' } });
    await secrets.put('default', 's', 'hunter3', { data: { p: 'aHVudGVyMw==' } });
    await secrets.remove('default', 's', 'hunter3');
    const last = await new ObjectWriter(store).put('default', 'a', 'red');
    await until(() => seen.some(({ type, previous }) => type === 'bookmark' && previous === last));
    expect(seen.filter(({ type }) => type === 'event').map(({ subject }) => subject)).toEqual([
      'nestor.watch._.pods.default.a',
    ]);
    const all = seen.map(({ subject, data }) => `${subject} ${Buffer.from(data).toString()}`).join('\n');
    expect(all).not.toMatch(/secrets|hunter|aHVudGVy/);
  });

  it('sends of each Node to a stream of its own as well', async () => {
    const store = await fixture.open(await fixture.database());
    const bus = new InProcessBus();
    const seen: BusMessage[] = [];
    let isUp = false;
    bus.subscribe(bookmarkSubject, () => (isUp = true));
    bus.subscribe(nodePattern('n1', 'nodes'), (message) => seen.push(message));
    relayOf(store, bus, { bookmarksPerSweep: 1 });
    await until(() => isUp);
    const nodes = new ObjectWriter(store, 'nodes');
    const first = await nodes.put('', 'n1', 'red');
    await nodes.put('', 'n2', 'red');
    const second = await nodes.put('', 'n1', 'blue');
    const other = await nodes.put('', 'n2', 'blue');
    await until(() => seen.some(({ type, revision }) => type === 'bookmark' && revision === other));
    const events = seen.filter(({ type }) => type === 'event');
    expect(events.map(({ subject, revision }) => [subject, revision])).toEqual([
      ['nestor.node.n1.nodes._.n1', first],
      ['nestor.node.n1.nodes._.n1', second],
    ]);
    expect(events[1]?.previous).toBe(first);
    expect(seen.at(-1)).toMatchObject({ type: 'bookmark', previous: second });
  });

  it('spares the pods of nodes without a kubelet, and shows a kubelet that comes the gap at once', async () => {
    const store = await fixture.open(await fixture.database());
    const bus = new InProcessBus();
    const seen: BusMessage[] = [];
    bus.subscribe(nodePattern('n1', 'pods'), (message) => seen.push(message));
    let passed = 0;
    bus.subscribe(watchPattern({ group: '', plural: 'pods' }), ({ revision }) => (passed = revision));
    let isUp = false;
    bus.subscribe(bookmarkSubject, () => (isUp = true));
    // Its sweeps would come too late to be what shows it.
    relayOf(store, bus, { bookmarksPerSweep: 1_000_000 });
    const pods = new ObjectWriter(store);
    await until(() => isUp);
    const spared = await pods.put('default', 'a', 'red', { spec: { nodeName: 'n1' } });
    await until(() => passed >= spared);
    expect(seen.filter(({ type }) => type === 'event')).toEqual([]);
    const writer = new ObjectWriter(store, 'leases.coordination.k8s.io');
    await writer.put('kube-node-lease', 'n1', 'red');
    await until(() => seen.some(({ type, previous }) => type === 'bookmark' && previous === spared));
    const told = await pods.put('default', 'b', 'red', { spec: { nodeName: 'n1' } });
    await until(() => seen.some(({ type, revision }) => type === 'event' && revision === told));
    expect(seen.find(({ revision }) => revision === told)?.previous).toBe(spared);
    await writer.remove('kube-node-lease', 'n1', 'red');
    const late = await pods.put('default', 'c', 'red', { spec: { nodeName: 'n1' } });
    await until(() => passed >= late);
    expect(seen.some(({ type, revision }) => type === 'event' && revision === late)).toBe(false);
  });

  if (!hasNatsServer()) {
    console.warn('skipped: the relay over nats-server: nats-server is not on the PATH');
  } else {
    it('goes on from its last flush after NATS was away; subscribers see the gap and end with everything', async () => {
      const nats = await startNats();
      closers.push(() => nats.stop());
      const store = await fixture.open(await fixture.database());
      const [relayBus, subscriberBus] = [await natsBus(nats), await natsBus(nats)];
      const from = await store.currentRevision();
      const follower = new Follower(subscriberBus, watchPattern({ group: '', plural: 'pods' }), from, store);
      await subscriberBus.flush();
      relayOf(store, relayBus);
      const writer = new ObjectWriter(store);
      const revisions: number[] = [];
      const write = async (count: number): Promise<void> => {
        for (let index = 0; index < count; index += 1)
          revisions.push(await writer.put('default', `p${index % 7}`, 'red'));
      };
      await write(50);
      await until(() => follower.applied.length === 50);
      await nats.kill();
      await write(50);
      await nats.restart();
      await write(50);
      await until(() => follower.position.revision >= (revisions.at(-1) as number));
      expect(follower.applied).toEqual(revisions);
    });

    it('shows a lost message by the next one, and a lost last message by the bookmark', async () => {
      const nats = await startNats();
      closers.push(() => nats.stop());
      const store = await fixture.open(await fixture.database());
      const [relayBus, subscriberBus] = [await natsBus(nats), await natsBus(nats)];
      // Loses what it is told to, silently: the worst a network can do.
      const losing = new Set<string>();
      const lossy: Bus = Object.assign(Object.create(relayBus) as Bus, {
        publish: (message: BusMessage) => {
          if (message.type === 'event' && losing.delete(message.subject)) return;
          relayBus.publish(message);
        },
      });
      const from = await heartbeat(store, 'n1');
      const pods = new Follower(subscriberBus, watchPattern({ group: '', plural: 'pods' }), from, store);
      const node = new Follower(subscriberBus, nodePattern('n1', 'pods'), from, store);
      await subscriberBus.flush();
      relayOf(store, lossy);
      const writer = new ObjectWriter(store);
      const spec = { spec: { nodeName: 'n1' } };
      const revisions = [await writer.put('default', 'a', 'red', spec)];
      losing.add('nestor.watch._.pods.default.b');
      revisions.push(await writer.put('default', 'b', 'red', spec), await writer.put('default', 'c', 'red', spec));
      await until(() => pods.applied.length === 3);
      expect(pods.gaps).toBe(1);
      expect(node.gaps).toBe(0);
      losing.add('nestor.watch._.pods.default.last');
      losing.add('nestor.node.n1.pods.default.last');
      revisions.push(await writer.put('default', 'last', 'red', spec));
      await until(() => pods.applied.length === 4 && node.applied.length === 4);
      expect(pods.applied).toEqual(revisions);
      expect(node.applied).toEqual(revisions);
      expect([pods.gaps, node.gaps]).toEqual([2, 1]);
    });
  }
});

describe('relay messages', () => {
  it('know group and plural of a resource key', () => {
    expect(splitResource('pods')).toEqual({ group: '', plural: 'pods' });
    expect(splitResource('leases.coordination.k8s.io')).toEqual({ group: 'coordination.k8s.io', plural: 'leases' });
  });

  it('find the trace of the annotation only', () => {
    const trace = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const annotated = (annotations: object): Buffer => Buffer.from(JSON.stringify({ metadata: { annotations } }));
    expect(traceparentOf(annotated({ 'nestor.dev/traceparent': trace }))).toBe(trace);
    expect(traceparentOf(annotated({ applied: JSON.stringify({ 'nestor.dev/traceparent': trace }) }))).toBeUndefined();
  });

  it('carry the object as it is', () => {
    const change = { type: 'ADDED', revision: 5, body: Buffer.from('{"metadata":{}}') } as Parameters<
      typeof eventData
    >[0];
    expect(eventData(change).toString()).toBe('{"type":"ADDED","object":{"metadata":{"resourceVersion":"5"}}}\n');
  });
});
