import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BusIssuer, createNkey, ensureBusTrust, type BusTrust } from '@nestor/bus-auth';
import { ClusterPki } from '@nestor/pki';
import { hasNatsServer, startTestBus } from '@nestor/testing';
import type { BusMessage } from '../src/bus/bus';
import type { BusCredentialSource } from '../src/bus/bus-credentials';
import { startBusServer } from '../src/bus/bus-server';
import { NatsBus, type NatsBusOptions } from '../src/bus/nats-bus';
import { ownCredentials } from '../src/bus/own-credentials';
import { updateClaims } from '../src/bus/update-claims';
import { sleep, until } from './store-fixture';

jest.setTimeout(120_000);

interface SecureServer {
  url: string;
  trust: BusTrust;
  issuer: BusIssuer;
  caFile: string;
  stop(): Promise<void>;
  /** Where what was revoked outlives the server. */
  restart?(): Promise<void>;
}

const message = (subject: string, revision: number): BusMessage => ({
  subject,
  data: Buffer.from(`event ${revision}`),
  revision,
  previous: revision - 1,
  type: 'event',
});

async function natsServer(): Promise<SecureServer> {
  const directory = mkdtempSync(join(tmpdir(), 'nestor-bus-'));
  const bus = await startTestBus(await ClusterPki.open(directory));
  return {
    url: bus.nats.url,
    trust: bus.trust,
    issuer: bus.issuer,
    caFile: bus.caFile,
    stop: async () => {
      await bus.stop();
      rmSync(directory, { recursive: true });
    },
    async restart() {
      await bus.nats.kill();
      await bus.nats.restart();
    },
  };
}

async function ownBroker(): Promise<SecureServer> {
  const directory = mkdtempSync(join(tmpdir(), 'nestor-bus-'));
  const pki = await ClusterPki.open(directory);
  const { certificateFile, keyFile } = await pki.server('nats', ['127.0.0.1', 'localhost']);
  const { trust, issuerFile } = ensureBusTrust(directory);
  const tls = { cert: readFileSync(certificateFile), key: readFileSync(keyFile) };
  const server = await startBusServer({ tls, trust });
  return {
    url: server.url,
    trust,
    issuer: BusIssuer.read(issuerFile),
    caFile: pki.caFile,
    stop: async () => {
      await server.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function credentials(name: string, skip: string | undefined, make: () => Promise<SecureServer>): void {
  if (skip) {
    console.warn(`skipped: ${name}: ${skip}`);
    return;
  }
  describe(name, () => {
    let server: SecureServer;
    const closers: (() => Promise<unknown>)[] = [];
    beforeAll(async () => {
      server = await make();
    });
    afterEach(async () => {
      for (const close of closers.splice(0).reverse()) await close();
    });
    afterAll(() => server?.stop());

    const open = (options: Partial<NatsBusOptions> = {}): NatsBus => {
      const bus = new NatsBus({ url: server.url, caFile: server.caFile, ...options });
      closers.push(() => bus.close());
      return bus;
    };
    const user = (subscribe: string[], { publish = [] as string[], lifeMs = 60_000 } = {}): BusCredentialSource =>
      ownCredentials(server.issuer, { name: 'someone', permissions: { publish, subscribe }, lifeMs });
    const publisher = async (): Promise<NatsBus> => {
      const bus = open({ credentials: user([], { publish: ['nestor.>'] }) });
      await bus.ready();
      return bus;
    };
    const collect = (bus: NatsBus, subject: string, refused?: (error: Error) => void): BusMessage[] => {
      const seen: BusMessage[] = [];
      bus.subscribe(subject, (received) => seen.push(received), refused);
      return seen;
    };
    const staysOut = async (...strangers: NatsBus[]): Promise<void> => {
      await sleep(1000);
      expect(strangers.map(({ connected }) => connected)).toEqual(strangers.map(() => false));
    };
    const revoke = async (revocations: Record<string, number>): Promise<void> => {
      const { publicKey, seed } = createNkey('user');
      await updateClaims({
        server: { url: server.url, caFile: server.caFile },
        token: server.issuer.signClaimsUpdater(publicKey, Date.now() + 10_000),
        seed,
        claims: server.issuer.signAccount(revocations),
      });
    };

    it('lets in nobody without credentials, nor with those of another authority, a stolen token or another key', async () => {
      const foreign = mkdtempSync(join(tmpdir(), 'nestor-bus-'));
      closers.push(() => Promise.resolve(rmSync(foreign, { recursive: true })));
      const other = BusIssuer.read(ensureBusTrust(foreign).issuerFile);
      const permissions = { publish: [], subscribe: ['nestor.>'] };
      const { token } = await user(['nestor.>']).obtain();
      const stolen = { token, seed: createNkey('user').seed, renewAt: Date.now() + 60_000, subjects: [] };
      await staysOut(
        open(),
        open({ credentials: ownCredentials(other, { name: 'x', permissions, lifeMs: 60_000 }) }),
        open({ credentials: { obtain: () => Promise.resolve(stolen) } }),
        open({ credentials: { obtain: () => Promise.resolve({ ...stolen, token: '' }) } }),
      );
    });

    it('shows credentials to nobody but the server that is meant', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'nestor-bus-'));
      closers.push(() => Promise.resolve(rmSync(directory, { recursive: true })));
      const { caFile } = await ClusterPki.open(directory);
      const another = open({ caFile, credentials: user(['nestor.>']) });
      const unverified = open({ caFile: undefined, credentials: user(['nestor.>']) });
      await staysOut(another, unverified);
    });

    it('lets each hear its own subjects only, and publish nothing', async () => {
      const relay = await publisher();
      const node = open({ credentials: user(['nestor.node.n1.>', 'nestor.bookmark']) });
      await node.ready();
      const refused: string[] = [];
      const wishes = [
        'nestor.node.n2.pods.>',
        'nestor.node.*.pods.>',
        'nestor.watch._.pods.>',
        '>',
        '$SYS.>',
        '_INBOX.>',
      ];
      const seen = wishes.map((subject) => collect(node, subject, () => refused.push(subject)));
      const own = collect(node, 'nestor.node.n1.pods.>');
      await node.flush();
      expect(refused).toEqual(wishes);
      node.publish(message('nestor.node.n1.pods.ns.forged', 1));
      node.publish(message('nestor.watch._.pods.ns.forged', 1));
      await node.flush();
      for (const subject of ['nestor.node.n2.pods.ns.a', 'nestor.watch._.pods.ns.a', 'nestor.node.n1.pods.ns.a']) {
        relay.publish(message(subject, 2));
      }
      await relay.flush();
      await until(() => own.length > 0);
      await node.flush();
      expect(own.map(({ subject }) => subject)).toEqual(['nestor.node.n1.pods.ns.a']);
      expect(seen.flat()).toEqual([]);
    });

    it('keeps the account of the servers apart', async () => {
      const { publicKey, seed } = createNkey('user');
      const update = (token: string, claims = server.issuer.signAccount()) =>
        updateClaims({ server: { url: server.url, caFile: server.caFile }, token, seed, claims });
      const permissions = { publish: ['>'], subscribe: ['>'] };
      const ordinary = server.issuer.signUser({ name: 'x', publicKey, permissions, expires: Date.now() + 10_000 });
      await expect(update(ordinary)).rejects.toThrow();
      const foreign = mkdtempSync(join(tmpdir(), 'nestor-bus-'));
      closers.push(() => Promise.resolve(rmSync(foreign, { recursive: true })));
      const other = BusIssuer.read(ensureBusTrust(foreign).issuerFile);
      const updater = server.issuer.signClaimsUpdater(publicKey, Date.now() + 10_000);
      // nats-server keeps an account that it does not trust, and lets none of its users in.
      await update(updater, other.signAccount()).catch(() => undefined);
      await staysOut(open({ credentials: ownCredentials(other, { name: 'x', permissions, lifeMs: 60_000 }) }));
      const system = open({
        credentials: {
          obtain: () => Promise.resolve({ token: updater, seed, renewAt: Date.now() + 60_000, subjects: [] }),
        },
      });
      await system.ready();
      let isRefused = false;
      collect(system, 'nestor.>', () => (isRefused = true));
      await system.flush();
      expect(isRefused).toBe(true);
    });

    it('renews credentials with no event lost, doubled or out of order, on either side', async () => {
      const relay = open({ credentials: user([], { publish: ['nestor.>'], lifeMs: 8000 }) });
      const subject = 'nestor.watch._.pods.ns.a';
      const source = user(['nestor.watch._.pods.>'], { lifeMs: 8000 });
      let renewals = 0;
      const reader = open({ credentials: { obtain: () => (renewals++, source.obtain()) } });
      await Promise.all([relay.ready(), reader.ready()]);
      const seen = collect(reader, 'nestor.watch._.pods.>');
      const states: boolean[] = [];
      relay.onState((up) => states.push(up));
      reader.onState((up) => states.push(up));
      await reader.flush();
      let revision = 0;
      while (renewals < 3) {
        for (let burst = 0; burst < 20; burst += 1) relay.publish(message(subject, (revision += 1)));
        await sleep(2);
      }
      // A subscription that is made while connections change is whole as well.
      const late = collect(reader, subject);
      await reader.flush();
      const from = revision + 1;
      for (let burst = 0; burst < 100; burst += 1) relay.publish(message(subject, (revision += 1)));
      await relay.flush();
      await until(() => seen.length >= revision && late.length >= 100);
      expect(seen.map((one) => one.revision)).toEqual(Array.from({ length: revision }, (_, index) => index + 1));
      expect(late.map((one) => one.revision)).toEqual(Array.from({ length: 100 }, (_, index) => from + index));
      expect(states).toEqual([]);
    });

    it('tells when other subjects may be heard, and lets go of those that may not', async () => {
      const relay = await publisher();
      let subjects = ['nestor.watch._.pods.>'];
      const reader = open({ credentials: { obtain: () => user(subjects, { lifeMs: 6000 }).obtain() } });
      await reader.ready();
      const refused: string[] = [];
      const pods = collect(reader, 'nestor.watch._.pods.>', () => refused.push('pods'));
      collect(reader, 'nestor.watch._.nodes.>', () => refused.push('nodes'));
      await reader.flush();
      expect(refused).toEqual(['nodes']);
      let isTold = false;
      reader.onRights(() => (isTold = true));
      subjects = ['nestor.watch._.nodes.>'];
      await until(() => isTold);
      expect(refused).toEqual(['nodes', 'pods']);
      const nodes = collect(reader, 'nestor.watch._.nodes.>');
      await reader.flush();
      relay.publish(message('nestor.watch._.pods.ns.a', 1));
      relay.publish(message('nestor.watch._.nodes._.a', 2));
      await relay.flush();
      await until(() => nodes.length > 0);
      expect(pods).toEqual([]);
    });

    it('ends a connection whose credentials have expired, and takes it back with new ones', async () => {
      const relay = await publisher();
      const source = user(['nestor.>'], { lifeMs: 2000 });
      let isAway = false;
      const reader = open({
        credentials: { obtain: () => (isAway ? Promise.reject(new Error('the API server is away')) : source.obtain()) },
      });
      await reader.ready();
      const seen = collect(reader, 'nestor.>');
      await reader.flush();
      isAway = true;
      await until(() => !reader.connected);
      await staysOut(reader);
      relay.publish(message('nestor.a', 1));
      await relay.flush();
      isAway = false;
      await until(() => reader.connected);
      await reader.flush();
      relay.publish(message('nestor.a', 2));
      await relay.flush();
      await until(() => seen.length > 0);
      expect(seen.map(({ revision }) => revision)).toEqual([2]);
    });

    it('cuts off whoever is revoked, for as long as said, and nobody else', async () => {
      const { publicKey, seed } = createNkey('user');
      const obtain = (key: string, secret: string) => () => {
        const permissions = { publish: [], subscribe: ['nestor.>'] };
        const expires = Date.now() + 600_000;
        const token = server.issuer.signUser({ name: 'n1', publicKey: key, permissions, expires });
        return Promise.resolve({ token, seed: secret, renewAt: expires, subjects: [] });
      };
      const relay = await publisher();
      const [revoked, other] = [
        open({ credentials: { obtain: obtain(publicKey, seed) } }),
        open({ credentials: user(['nestor.>']) }),
      ];
      await Promise.all([revoked.ready(), other.ready()]);
      const [unheard, heard] = [collect(revoked, 'nestor.>'), collect(other, 'nestor.>')];
      await Promise.all([revoked.flush(), other.flush()]);
      const states: boolean[] = [];
      other.onState((up) => states.push(up));
      await revoke({ [publicKey]: Math.floor(Date.now() / 1000) + 600 });
      await until(() => !revoked.connected);
      // Not even a token that is signed now helps that key.
      await staysOut(revoked);
      relay.publish(message('nestor.a', 1));
      await relay.flush();
      await until(() => heard.length === 1);
      expect(unheard).toEqual([]);
      expect(states).toEqual([]);
      if (server.restart) {
        await server.restart();
        await until(() => other.connected);
        await staysOut(revoked);
      }
      await revoke({});
      await until(() => revoked.connected);
    });
  });
}

credentials('credentials of nats-server', hasNatsServer() ? undefined : 'nats-server is not on the PATH', natsServer);
credentials('credentials of our own broker', undefined, ownBroker);
