import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiObject, ConfigMap } from '@nestor/api';
import { eventually, hasNatsServer, repositoryRoot, startApiServer, startNats } from '@nestor/testing';
import type { TestApiServer, TestNats } from '@nestor/testing';
import { NatsBus, bookmarkSubject } from '@nestor/watch';
import { BusLink, InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '../src';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');
const transports = ['HTTP', ...(hasNatsServer() ? ['bus'] : [])];
if (!hasNatsServer()) console.warn('skipped for the bus: nats-server is not installed');

interface Setting {
  server: TestApiServer;
  nats: TestNats | undefined;
  client: KubernetesClient;
  link: BusLink | undefined;
  informers: InformerFactory;
}

async function start(transport: string): Promise<Setting> {
  const nats = transport === 'bus' ? await startNats() : undefined;
  const server = await startApiServer({ nats: nats?.url });
  const client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
  let link: BusLink | undefined;
  if (nats) {
    const bus = new NatsBus({ url: nats.url });
    await bus.ready();
    const followed = new BusLink(bus);
    bus.subscribe(bookmarkSubject, (message) => followed.bookmark(message));
    link = followed;
  }
  return { server, nats, client, link, informers: new InformerFactory({ transport: client.transport, link }) };
}

async function stop({ server, nats, client, link, informers }: Setting): Promise<void> {
  await informers.stop();
  link?.close();
  await link?.bus.close();
  client.close();
  await server.stop();
  await nats?.stop();
}

const map = (name: string, value = '0', labels?: Record<string, string>): ConfigMap => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: 'default', labels },
  data: { value },
});

/** Everything an informer tells, and a check that each object's story makes sense: added, then changed, then gone. */
function record(informer: Informer<ConfigMap>): string[] {
  const told: string[] = [];
  const revisions = new Map<string, number>();
  const note = (what: string, { metadata, data }: Pick<ConfigMap, 'metadata' | 'data'>): void => {
    const revision = Number(metadata.resourceVersion);
    const key = `${metadata.name}/${metadata.uid}`;
    if (what !== 'deleted' && revision <= (revisions.get(key) ?? 0)) told.push(`${metadata.name} went back`);
    revisions.set(key, revision);
    told.push(`${what} ${metadata.name}=${data?.['value']}`);
  };
  informer.addHandlers({
    added: (object) => note('added', object as ConfigMap),
    updated: (object) => note('updated', object as ConfigMap),
    deleted: (object) => note('deleted', object as ConfigMap),
  });
  return told;
}

(isBuilt ? describe.each(transports) : describe.skip.each(transports))('informers over %s', (transport) => {
  let setting: Setting;
  let maps: ResourceClient<ConfigMap>;
  beforeAll(async () => {
    setting = await start(transport);
    maps = setting.client.resource(refs.configMaps);
  }, 120_000);
  afterAll(() => stop(setting));

  it('lists, follows, and tells additions, changes and deletions once and in order', async () => {
    await maps.create(map('a'));
    const informer = setting.informers.informer(refs.configMaps, { namespace: 'default' });
    const told = record(informer);
    await informer.start();
    expect(told).toContain('added a=0');
    const created = await maps.create(map('b'));
    await maps.update({ ...created, data: { value: '1' } });
    await maps.delete('b', 'default');
    await eventually(() => expect(told).toContain('deleted b=1'));
    expect(told.filter((line) => line.includes(' b='))).toEqual(['added b=0', 'updated b=1', 'deleted b=1']);
    expect(informer.lister.get('default', 'b')).toBeUndefined();
    expect(() => ((informer.lister.get('default', 'a') as ConfigMap).data = {})).toThrow();
  });

  it('holds what a label selector says, and lets go of what no longer matches', async () => {
    const informer = setting.informers.informer(refs.configMaps, { labelSelector: 'pick=me' });
    const told = record(informer);
    await informer.start();
    const created = await maps.create(map('c', '0', { pick: 'me' }));
    await eventually(() => expect(informer.lister.get('default', 'c')).toBeDefined());
    const changed = await maps.update({ ...created, metadata: { ...created.metadata, labels: { pick: 'not' } } });
    await eventually(() => expect(informer.lister.get('default', 'c')).toBeUndefined());
    await maps.update({ ...changed, metadata: { ...changed.metadata, labels: { pick: 'me' } } });
    await eventually(() => expect(told.filter((line) => line.startsWith('added c'))).toHaveLength(2));
  });

  it('leaves out who manages which field', async () => {
    const informer = setting.informers.informer(refs.configMaps, { fieldSelector: 'metadata.name=managed' });
    await informer.start();
    const created = await maps.create(map('managed'));
    expect(created.metadata.managedFields).toHaveLength(1);
    await eventually(() => expect(informer.lister.get('default', 'managed')).toBeDefined());
    expect(informer.lister.get('default', 'managed')?.metadata.managedFields).toBeUndefined();
  });

  it('hands over whole Secrets', async () => {
    const informer = setting.informers.informer(refs.secrets, { namespace: 'default' });
    await informer.start();
    const data = { key: 'c2VjcmV0' };
    const metadata = { name: 's', namespace: 'default' };
    await setting.client.resource(refs.secrets).create({ apiVersion: 'v1', kind: 'Secret', metadata, data });
    await eventually(() => expect(informer.lister.get('default', 's')?.data).toEqual(data));
  });

  it('holds nothing but metadata where that is asked for', async () => {
    const informer = setting.informers.informer(refs.secrets, { metadataOnly: true });
    const told = jest.fn();
    informer.addHandlers({ added: told, updated: told });
    const secrets = setting.client.resource(refs.secrets);
    const make = (name: string) =>
      secrets.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace: 'default' },
        data: { a: 'Yg==' },
      });
    await make('listed');
    await informer.start();
    const followed = await make('followed');
    await secrets.update({ ...followed, metadata: { ...followed.metadata, labels: { a: 'b' } } });
    await eventually(() => expect(informer.lister.get('default', 'followed')?.metadata.labels).toEqual({ a: 'b' }));
    for (const [object] of told.mock.calls) expect(Object.keys(object)).toEqual(['apiVersion', 'kind', 'metadata']);
    expect(informer.lister.get('default', 'listed')).toMatchObject({ apiVersion: 'v1', kind: 'Secret' });
    await secrets.delete('listed', 'default');
    await eventually(() => expect(informer.lister.get('default', 'listed')).toBeUndefined());
  });

  it('misses and repeats nothing while the API server is killed and comes back', async () => {
    const informer = setting.informers.informer(refs.configMaps, { namespace: 'default' });
    const told = record(informer);
    await informer.start();
    await writeNumbers(maps, 'before', 20);
    await setting.server.kill();
    await setting.server.restart();
    await writeNumbers(maps, 'after', 20);
    await eventually(() => expect(informer.lister.get('default', 'after')?.data?.['value']).toBe('20'), {
      timeoutMs: 60_000,
    });
    expect(changesOf(told, 'after')).toEqual(numbers('after', 20));
    expect(told.filter((line) => line.endsWith('went back'))).toEqual([]);
  }, 120_000);
});

(isBuilt && hasNatsServer() ? describe : describe.skip)('informers when the bus goes', () => {
  let setting: Setting;
  let maps: ResourceClient<ConfigMap>;
  beforeAll(async () => {
    setting = await start('bus');
    maps = setting.client.resource(refs.configMaps);
  }, 120_000);
  afterAll(() => stop(setting));

  it('follow over HTTP without a gap, and return to the bus', async () => {
    const informer = setting.informers.informer(refs.configMaps, { namespace: 'default' });
    const told = record(informer);
    await informer.start();
    await writeNumbers(maps, 'up', 10);
    await setting.nats!.kill();
    await writeNumbers(maps, 'down', 10);
    await eventually(() => expect(changesOf(told, 'down')).toEqual(numbers('down', 10)), { timeoutMs: 60_000 });
    await setting.nats!.restart();
    await eventually(() => expect(setting.link!.healthy).toBe(true), { timeoutMs: 60_000 });
    await writeNumbers(maps, 'again', 10);
    await eventually(() => expect(changesOf(told, 'again')).toEqual(numbers('again', 10)), { timeoutMs: 60_000 });
    expect(changesOf(told, 'up')).toEqual(numbers('up', 10));
  }, 120_000);

  it('heal a message that was lost', async () => {
    const bus = setting.link!.bus;
    const subscribe = bus.subscribe.bind(bus);
    const lost: number[] = [];
    // Loses every third event on its way in, as a slow consumer would.
    bus.subscribe = (subject, handler) => {
      let count = 0;
      return subscribe(subject, (message) => {
        if (message.type === 'event' && ++count % 3 === 0) lost.push(message.revision);
        else handler(message);
      });
    };
    const informers = new InformerFactory({ transport: setting.client.transport, link: setting.link });
    try {
      const informer = informers.informer(refs.configMaps, { namespace: 'default' });
      const told = record(informer);
      await informer.start();
      await writeNumbers(maps, 'lossy', 12);
      await eventually(() => expect(changesOf(told, 'lossy')).toEqual(numbers('lossy', 12)), { timeoutMs: 60_000 });
      expect(lost.length).toBeGreaterThan(0);
    } finally {
      bus.subscribe = subscribe;
      await informers.stop();
    }
  });
});

async function writeNumbers(maps: ResourceClient<ConfigMap>, name: string, count: number): Promise<void> {
  let object: ApiObject & ConfigMap = await maps.create(map(name));
  for (let value = 1; value <= count; value++)
    object = await maps.update({ ...object, data: { value: String(value) } });
}
const changesOf = (told: string[], name: string): string[] => told.filter((line) => line.includes(` ${name}=`));
const numbers = (name: string, count: number): string[] => [
  `added ${name}=0`,
  ...Array.from({ length: count }, (_, index) => `updated ${name}=${index + 1}`),
];

const refusing = (port: number): string => `
  host: "127.0.0.1"
  port: ${port}
  no_auth_user: guest
  authorization { users: [{ user: guest, password: guest, permissions: { subscribe: { deny: "nestor.watch.>" } } }] }
`;

(isBuilt && hasNatsServer() ? describe : describe.skip)('informers on a bus that refuses their subject', () => {
  it('follow over HTTP', async () => {
    const nats = await startNats({ config: refusing });
    const server = await startApiServer();
    const client = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    const bus = new NatsBus({ url: nats.url });
    await bus.ready();
    const link = new BusLink(bus);
    const setting = {
      server,
      nats,
      client,
      link,
      informers: new InformerFactory({ transport: client.transport, link }),
    };
    try {
      const informer = setting.informers.informer(refs.configMaps, { namespace: 'default' });
      await informer.start();
      await client.resource(refs.configMaps).create(map('seen'));
      await eventually(() => expect(informer.lister.get('default', 'seen')).toBeDefined());
    } finally {
      await stop(setting);
    }
  }, 120_000);
});
