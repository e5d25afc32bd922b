import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusIssuer, ensureBusTrust } from '@nestor/bus-auth';
import { createAuthority, issueCertificate } from '@nestor/pki';
import { hasNatsServer, startNats, type TestNats } from '@nestor/testing';
import { until } from '../../test/store-fixture';
import type { Bus, BusMessage } from './bus';
import { startBusServer, type RunningBusServer } from './bus-server';
import { covers } from './bus-server-client';
import { InProcessBus } from './in-process-bus';
import { NatsBus } from './nats-bus';
import { ownCredentials } from './own-credentials';
import { SubjectTree } from './subject-tree';

jest.setTimeout(120_000);

const message = (subject: string, revision: number, text = `event ${revision}`): BusMessage => ({
  subject,
  data: Buffer.from(text),
  revision,
  previous: revision - 1,
  type: 'event',
});

interface Wire {
  /** A publisher and a subscriber that see the same messages. */
  open(): Promise<{ publisher: Bus; subscriber: Bus }>;
  close(): Promise<void>;
  /** Where there is a server to lose. */
  interrupt?(): Promise<void>;
}

function contract(name: string, skip: string | undefined, make: () => Promise<Wire>): void {
  if (skip) {
    console.warn(`skipped: ${name}: ${skip}`);
    return;
  }
  describe(name, () => {
    let wire: Wire;
    let publisher: Bus;
    let subscriber: Bus;
    beforeAll(async () => {
      wire = await make();
    });
    beforeEach(async () => {
      ({ publisher, subscriber } = await wire.open());
    });
    afterEach(async () => {
      await publisher.close();
      await subscriber.close();
    });
    afterAll(() => wire?.close());

    const collect = (subject: string): BusMessage[] => {
      const seen: BusMessage[] = [];
      subscriber.subscribe(subject, (received) => seen.push(received));
      return seen;
    };

    it('carries messages whole and in order', async () => {
      const seen = collect('nestor.watch.>');
      await subscriber.flush();
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      publisher.publish({ ...message('nestor.watch._.pods.ns.a', 2), traceparent });
      publisher.publish({
        ...message('nestor.watch._.pods._bookmark._bookmark', 9, 'ü\r\nPUB x 1\r\n'),
        type: 'bookmark',
      });
      for (let revision = 10; revision < 500; revision += 1)
        publisher.publish(message('nestor.watch._.pods.ns.b', revision));
      const large = Buffer.alloc(3 * 1024 * 1024, 'x');
      publisher.publish({ ...message('nestor.watch._.pods.ns.c', 500), data: large });
      await publisher.flush();
      await until(() => seen.length === 493);
      expect(seen[0]).toMatchObject({
        subject: 'nestor.watch._.pods.ns.a',
        revision: 2,
        previous: 1,
        type: 'event',
        traceparent,
      });
      expect(seen[1]).toMatchObject({ revision: 9, previous: 8, type: 'bookmark' });
      expect(Buffer.from(seen[1]?.data ?? []).toString()).toBe('ü\r\nPUB x 1\r\n');
      expect(seen[1]?.traceparent).toBeUndefined();
      expect(seen.slice(2, 492).map((received) => received.revision)).toEqual(
        Array.from({ length: 490 }, (_, i) => 10 + i),
      );
      expect(large.equals(seen[492]?.data as Uint8Array)).toBe(true);
    });

    it('delivers by subject, to each subscription once', async () => {
      const all = collect('nestor.>');
      const node = collect('nestor.node.n1.pods.>');
      const star = collect('nestor.*._.pods.*.a');
      const exact = collect('nestor.bookmark');
      await subscriber.flush();
      const subjects = [
        'nestor.node.n1.pods.ns.a',
        'nestor.node.n10.pods.ns.a',
        'nestor.watch._.pods.ns.a',
        'nestor.bookmark',
        'other',
      ];
      subjects.forEach((subject, index) => publisher.publish(message(subject, index + 1)));
      await publisher.flush();
      await until(() => all.length === 4);
      const subjectsOf = (seen: BusMessage[]): string[] => seen.map((received) => received.subject);
      expect(subjectsOf(all)).toEqual(subjects.slice(0, 4));
      expect(subjectsOf(node)).toEqual(['nestor.node.n1.pods.ns.a']);
      expect(subjectsOf(star)).toEqual(['nestor.watch._.pods.ns.a']);
      expect(subjectsOf(exact)).toEqual(['nestor.bookmark']);
    });

    it('delivers nothing after unsubscribe', async () => {
      const seen: number[] = [];
      const subscription = subscriber.subscribe('a.>', (received) => seen.push(received.revision));
      const marks = collect('mark');
      await subscriber.flush();
      publisher.publish(message('a.b', 1));
      await publisher.flush();
      await until(() => seen.length === 1);
      subscription.unsubscribe();
      await subscriber.flush();
      publisher.publish(message('a.b', 2));
      publisher.publish(message('mark', 3));
      await publisher.flush();
      await until(() => marks.length === 1);
      expect(seen).toEqual([1]);
    });

    it('says when it is closed', async () => {
      const states: boolean[] = [];
      expect(subscriber.connected).toBe(true);
      subscriber.onState((up) => states.push(up));
      await subscriber.close();
      expect(subscriber.connected).toBe(false);
      expect(states).toEqual([false]);
    });

    it('tells of a broken connection and carries on with the same subscriptions', async () => {
      if (!wire.interrupt) return;
      const states: boolean[] = [];
      subscriber.onState((up) => states.push(up));
      const seen = collect('a.>');
      await subscriber.flush();
      await wire.interrupt();
      await until(() => states.length >= 2 && subscriber.connected && publisher.connected);
      expect(states.slice(0, 2)).toEqual([false, true]);
      await subscriber.flush();
      publisher.publish(message('a.b', 7));
      await publisher.flush();
      await until(() => seen.some((received) => received.revision === 7));
    });
  });
}

const connectPair = async (
  options: ConstructorParameters<typeof NatsBus>[0],
): Promise<{ publisher: Bus; subscriber: Bus }> => {
  const [publisher, subscriber] = [new NatsBus(options), new NatsBus(options)];
  await Promise.all([publisher.ready(), subscriber.ready()]);
  return { publisher, subscriber };
};

contract('the bus in process', undefined, async () => ({
  open: () => {
    const bus = new InProcessBus();
    return Promise.resolve({ publisher: bus, subscriber: bus });
  },
  close: () => Promise.resolve(),
}));

contract('the bus over nats-server', hasNatsServer() ? undefined : 'nats-server is not on the PATH', async () => {
  const nats: TestNats = await startNats();
  return {
    open: () => connectPair({ url: nats.url }),
    close: () => nats.stop(),
    async interrupt() {
      await nats.kill();
      await nats.restart();
    },
  };
});

contract('the bus over our own broker', undefined, async () => {
  let server: RunningBusServer = await startBusServer();
  return {
    open: () => connectPair({ url: server.url }),
    close: () => server.close(),
    async interrupt() {
      await server.close();
      server = await startBusServer({ port: server.port });
    },
  };
});

async function certificates() {
  const directory = mkdtempSync(join(tmpdir(), 'nestor-bus-tls-'));
  const authority = await createAuthority('test-ca');
  const caFile = join(directory, 'ca.crt');
  writeFileSync(caFile, authority.certificatePem);
  const request = { commonName: 'nats', usage: 'server', names: ['127.0.0.1', 'localhost'] } as const;
  const { certificatePem, keyPem } = await issueCertificate(authority, request);
  const remove = () => Promise.resolve(rmSync(directory, { recursive: true }));
  return { directory, caFile, pair: { cert: certificatePem, key: keyPem }, remove };
}

contract('the bus over our own broker with TLS and credentials', undefined, async () => {
  const { directory, caFile, pair, remove } = await certificates();
  const { trust, issuerFile } = ensureBusTrust(directory);
  const issuer = BusIssuer.read(issuerFile);
  const server = await startBusServer({ tls: pair, trust });
  const credentials = ownCredentials(issuer, {
    name: 'test',
    permissions: { publish: ['>'], subscribe: ['>'] },
    lifeMs: 60_000,
  });
  return {
    open: () => connectPair({ url: server.url, caFile, credentials }),
    async close() {
      await server.close();
      await remove();
    },
  };
});

describe('our own broker', () => {
  const closers: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  const started = async (options: Parameters<typeof startBusServer>[0]): Promise<RunningBusServer> => {
    const server = await startBusServer(options);
    closers.push(() => server.close());
    return server;
  };
  const bus = (options: ConstructorParameters<typeof NatsBus>[0]): NatsBus => {
    const created = new NatsBus(options);
    closers.push(() => created.close());
    return created;
  };

  it('serves with a renewed certificate, and those who are connected stay so', async () => {
    const [first, second] = [await certificates(), await certificates()];
    closers.push(first.remove, second.remove);
    const server = await started({ tls: first.pair });
    const before = bus({ url: server.url, caFile: first.caFile });
    await before.ready();
    server.useCertificate(second.pair);
    const after = bus({ url: server.url, caFile: second.caFile });
    await after.ready();
    await before.flush();
    expect([before.connected, after.connected]).toEqual([true, true]);
  });

  it('cuts off a subscriber that does not read, and the others go on', async () => {
    const server = await started({ maxPendingBytes: 1024 * 1024 });
    const publisher = bus({ url: server.url });
    const reader = bus({ url: server.url });
    await Promise.all([publisher.ready(), reader.ready()]);
    let read = 0;
    reader.subscribe('a.>', () => (read += 1));
    await reader.flush();
    const sleeper = createConnection(server.port, '127.0.0.1');
    let closed = false;
    sleeper.on('close', () => (closed = true)).on('error', () => undefined);
    await new Promise((resolve) => sleeper.once('data', resolve));
    await new Promise<void>((resolve) => sleeper.write('CONNECT {}\r\nSUB a.> 1\r\nPING\r\n', () => resolve()));
    await new Promise((resolve) => sleeper.once('data', resolve));
    sleeper.pause();
    const data = Buffer.alloc(256 * 1024);
    for (let revision = 1; revision <= 100; revision += 1) {
      publisher.publish({ ...message('a.b', revision), data });
      await publisher.flush();
    }
    await until(() => read === 100);
    // Only now it looks, and finds the connection gone.
    sleeper.resume();
    await until(() => closed);
  });

  it('refuses nonsense and survives it', async () => {
    const server = await started({ maxPayload: 1024 });
    const answerTo = (text: string): Promise<string> =>
      new Promise((resolve) => {
        let answer = '';
        const socket = createConnection(server.port, '127.0.0.1', () => socket.write(text));
        socket.on('data', (piece) => (answer += piece.toString()));
        socket.on('close', () => resolve(answer.replace(/^INFO [^\r]*\r\n/, '')));
      });
    expect(await answerTo('GET / HTTP/1.1\r\n\r\n')).toContain("-ERR 'Unknown Protocol Operation'");
    expect(await answerTo('PUB a 5000\r\n')).toContain("-ERR 'Maximum Payload Violation'");
    expect(await answerTo('HPUB a 12 3\r\n')).toContain("-ERR 'Unknown Protocol Operation'");
    expect(await answerTo(`SUB ${'x'.repeat(300_000)}`)).toContain("-ERR 'Maximum Control Line Exceeded'");
    const client = bus({ url: server.url });
    await client.ready();
    await client.flush();
  });
});

describe('subjects', () => {
  it('are matched by a tree that forgets', () => {
    const tree = new SubjectTree<string>();
    for (const pattern of ['a.b', 'a.*', 'a.>', '>', '*.b', 'a.b.c']) tree.add(pattern, pattern);
    expect(tree.matching('a.b').sort()).toEqual(['*.b', '>', 'a.*', 'a.>', 'a.b']);
    expect(tree.matching('a').sort()).toEqual(['>']);
    expect(tree.matching('a.b.c').sort()).toEqual(['>', 'a.>', 'a.b.c']);
    tree.remove('a.b', 'a.b');
    tree.remove('a.>', 'a.>');
    tree.remove('never.there', 'x');
    expect(tree.matching('a.b').sort()).toEqual(['*.b', '>', 'a.*']);
    expect(tree.matching('a.b.c').sort()).toEqual(['>', 'a.b.c']);
  });

  it('are granted only when the whole wish is covered', () => {
    expect(covers('nestor.>', 'nestor.node.*.pods.>')).toBe(true);
    expect(covers('nestor.node.n1.>', 'nestor.node.*.pods.>')).toBe(false);
    expect(covers('nestor.*', 'nestor.>')).toBe(false);
    expect(covers('nestor.bookmark', 'nestor.bookmark')).toBe(true);
    expect(covers('nestor.>', '>')).toBe(false);
  });
});
