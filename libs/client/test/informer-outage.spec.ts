import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  describeWhen,
  eventually,
  freePort,
  freeze,
  hasNatsServer,
  startApiServer,
  startNats,
  startTcpProxy,
  type TcpProxy,
  type TestApiServer,
  type TestNats,
} from '@nestor/testing';
import { bookmarkSubject, NatsBus } from '@nestor/watch';
import { BusLink, InformerFactory, KubernetesClient, refs } from '../src';
import { revisionsTold, StoryWriters } from './revision-story';

describeWhen(hasNatsServer(), 'nats-server is not installed')('informers while NATS comes and goes', () => {
  let monitor: number;
  let nats: TestNats;
  let toNats: TcpProxy;
  let server: TestApiServer;
  let client: KubernetesClient;
  let link: BusLink;
  let informers: InformerFactory;

  beforeAll(async () => {
    monitor = await freePort();
    nats = await startNats({
      config: (port) =>
        `host: "127.0.0.1"\nport: ${port}\nhttp: "127.0.0.1:${monitor}"\nmax_payload: 8MB\nmax_pending: 8MB\nwrite_deadline: "500ms"\n`,
    });
    toNats = await startTcpProxy({ port: Number(new URL(nats.url).port) });
    server = await startApiServer({ nats: nats.url });
    client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    const bus = new NatsBus({ url: `nats://127.0.0.1:${toNats.port}` });
    await bus.ready();
    link = new BusLink(bus, 3000);
    bus.subscribe(bookmarkSubject, (message) => link.bookmark(message));
  }, 120_000);
  beforeEach(() => {
    informers = new InformerFactory({ transport: client.transport, link });
  });
  afterEach(() => informers.stop());
  afterAll(async () => {
    link?.close();
    await link?.bus.close();
    client?.close();
    await server?.stop();
    await toNats?.stop();
    await nats?.stop();
  });

  const follow = async () => {
    const informer = informers.informer(refs.configMaps, { namespace: 'default' });
    const told = revisionsTold(informer);
    await informer.start();
    // What tests before this one left.
    told.length = 0;
    return told;
  };
  const healthy = (is: boolean) => eventually(() => expect(link.healthy).toBe(is), { timeoutMs: 60_000 });

  it('tell each change once, in order, while it is killed and frozen under steady writes', async () => {
    const told = await follow();
    const writers = new StoryWriters(client.resource(refs.configMaps), 'steady');
    await writers.more(50);
    for (let cycle = 0; cycle < 2; cycle++) {
      await nats.kill();
      await healthy(false);
      await writers.more(50);
      await nats.restart();
      await healthy(true);
      await writers.more(50);

      const thaw = freeze(nats.pid);
      // Its connections stand, and nothing comes.
      await healthy(false);
      await writers.more(50);
      thaw();
      await healthy(true);
      await writers.more(50);
    }
    await writers.stop();
    await writers.expectTold(told);
  }, 180_000);

  it('notice that the server dropped them as a slow consumer, and miss nothing', async () => {
    const told = await follow();
    const slow = async () => {
      const answer = await fetch(`http://127.0.0.1:${monitor}/varz`);
      return ((await answer.json()) as { slow_consumers: number }).slow_consumers;
    };
    const before = await slow();
    await healthy(true);
    // Something always comes, so it is not silence that gives it away.
    toNats.throttle(1_000_000);
    const writers = new StoryWriters(client.resource(refs.configMaps), 'slow', { text: 'x'.repeat(200_000) });
    await eventually(async () => expect(await slow()).toBeGreaterThan(before), { timeoutMs: 60_000 });
    await toNats.heal();
    await writers.more(5);
    await writers.stop();
    await writers.expectTold(told);
  }, 180_000);
});

describe('an informer whose HTTP watch dies silently', () => {
  let server: TestApiServer;
  let proxy: TcpProxy;
  let direct: KubernetesClient;
  let client: KubernetesClient;
  let informers: InformerFactory;

  beforeAll(async () => {
    server = await startApiServer();
    proxy = await startTcpProxy({ port: server.port });
    direct = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    const kubeconfig = join(dirname(server.adminKubeconfig), 'through-proxy.kubeconfig');
    writeFileSync(
      kubeconfig,
      readFileSync(server.adminKubeconfig, 'utf8').replace(server.url, `https://127.0.0.1:${proxy.port}`),
    );
    client = new KubernetesClient({ kubeconfig, component: 'test' });
    informers = new InformerFactory({ transport: client.transport, idleTimeoutMs: 1000 });
  }, 120_000);
  afterAll(async () => {
    await informers?.stop();
    client?.close();
    direct?.close();
    await proxy?.stop();
    await server?.stop();
  });

  it('resumes by itself and misses nothing, whether others get through or nobody', async () => {
    const informer = informers.informer(refs.configMaps, { namespace: 'default' });
    const told = revisionsTold(informer);
    await informer.start();
    told.length = 0;
    const writers = new StoryWriters(direct.resource(refs.configMaps), 'silent');
    const caughtUp = async () => {
      const known = writers.written.length;
      await eventually(() => expect(told.length).toBeGreaterThanOrEqual(known), { timeoutMs: 60_000 });
    };
    await writers.more(20);
    await caughtUp();
    proxy.swallowOpen();
    await writers.more(20);
    await caughtUp();
    proxy.blackHole();
    // What was under way still arrives.
    await writers.more(50);
    const inTheHole = told.length;
    await writers.more(50);
    expect(told.length).toBe(inTheHole);
    await proxy.heal();
    await caughtUp();
    await writers.stop();
    await writers.expectTold(told);
  }, 120_000);
});
