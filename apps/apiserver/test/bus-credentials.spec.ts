import { join } from 'node:path';
import type { ApiObject } from '@nestor/api';
import { createNkey, readClaims } from '@nestor/bus-auth';
import { BusLink, InformerFactory, KubernetesClient, openNatsBus, refs } from '@nestor/client';
import { clusterIdentities, createClusterPki, nodeIdentity, type Identity } from '@nestor/pki';
import {
  ApiClient,
  describeWhen,
  eventually,
  hasNatsServer,
  startApiServer,
  startTestBus,
  temporaryDirectory,
  type TestApiServer,
  type TestBus,
} from '@nestor/testing';
import { bookmarkSubject, NatsBus, ownCredentials, type Bus, type BusMessage } from '@nestor/watch';

const path = '/apis/bus.nestor.dev/v1alpha1/buscredentials';
const ask = (publicKey: unknown) => ({
  apiVersion: 'bus.nestor.dev/v1alpha1',
  kind: 'BusCredential',
  spec: { publicKey },
});
const stranger: Identity = { file: 'joe', commonName: 'joe', organizations: [] };

interface Answer {
  code: number;
  body: ApiObject & { status: { token: string; subjects: string[]; username: string; expirationTimestamp: string } };
}

describeWhen(hasNatsServer(), 'nats-server is not installed')('credentials for the bus', () => {
  const directory = temporaryDirectory('bus-credentials');
  let bus: TestBus;
  let server: TestApiServer;
  let admin: KubernetesClient;
  const closers: (() => Promise<unknown> | void)[] = [];

  beforeAll(async () => {
    const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    bus = await startTestBus(pki);
    server = await startApiServer({ pki, args: [...bus.serverFlags, '--nats-credential-seconds=15'] });
    admin = new KubernetesClient({ kubeconfig: server.adminKubeconfig, component: 'test' });
    await admin.resource(refs.namespaces).create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  }, 120_000);
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(async () => {
    admin?.close();
    await server?.stop();
    await bus?.stop();
    directory.remove();
  });

  const as = async (identity: Identity): Promise<KubernetesClient> => {
    const client = new KubernetesClient({ kubeconfig: await server.kubeconfigFor(identity), component: 'test' });
    closers.push(() => client.close());
    return client;
  };
  const post = async (identity: Identity, body: unknown): Promise<Answer> => {
    const api = await ApiClient.of(server, identity);
    closers.push(() => api.close());
    return (await api.post(path, body)) as unknown as Answer;
  };
  const subjectsOf = async (identity: Identity): Promise<string[]> => {
    const { code, body } = await post(identity, ask(createNkey('user').publicKey));
    expect(code).toBe(201);
    return body.status.subjects;
  };
  /** As a component opens it. */
  const open = async (identity: Identity): Promise<Bus> => {
    const kubeconfig = await server.kubeconfigFor(identity);
    const opened = openNatsBus({ kubeconfig, natsUrl: bus.nats.url, natsCaFile: bus.caFile }, await as(identity))!;
    closers.push(() => opened.close());
    return opened;
  };
  const connected = (opened: Bus): Promise<void> => eventually(() => expect(opened.connected).toBe(true));
  const listen = async (opened: Bus, subject: string): Promise<{ seen: BusMessage[]; isRefused: boolean }> => {
    const heard = { seen: [] as BusMessage[], isRefused: false };
    opened.subscribe(
      subject,
      (message) => heard.seen.push(message),
      () => (heard.isRefused = true),
    );
    await opened.flush();
    return heard;
  };
  const node = (name: string) =>
    admin.resource(refs.nodes).create({ apiVersion: 'v1', kind: 'Node', metadata: { name } });
  const role = async (name: string, rules: object[], subject: object, namespace?: string): Promise<void> => {
    const apiVersion = 'rbac.authorization.k8s.io/v1';
    const kind = namespace ? 'Role' : 'ClusterRole';
    const metadata = { name, ...(namespace ? { namespace } : {}) };
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind, name };
    const at = `/apis/${apiVersion}/${namespace ? `namespaces/${namespace}/` : ''}`;
    const post = (plural: string, body: unknown) =>
      admin.transport.request({ method: 'POST', path: at + plural, body });
    await post(namespace ? 'roles' : 'clusterroles', { apiVersion, kind, metadata, rules });
    const binding = { apiVersion, kind: `${kind}Binding`, metadata, roleRef, subjects: [subject] };
    await post(namespace ? 'rolebindings' : 'clusterrolebindings', binding);
  };
  const mayAsk = { apiGroups: ['bus.nestor.dev'], resources: ['buscredentials'], verbs: ['create'] };

  it('are given to whom RBAC lets ask, for a key that is one', async () => {
    expect(await post(stranger, ask(createNkey('user').publicKey))).toMatchObject({
      code: 403,
      body: {
        message: expect.stringContaining('cannot create resource "buscredentials" in API group "bus.nestor.dev"'),
      },
    });
    const { scheduler } = clusterIdentities;
    for (const [key, why] of [
      [undefined, 'spec.publicKey: Required value: must be the public key of a NATS user (nkey)'],
      ['UABC', 'spec.publicKey: Invalid value: "UABC": must be the public key of a NATS user (nkey)'],
      [createNkey('account').publicKey, 'must be the public key of a NATS user (nkey)'],
    ]) {
      expect(await post(scheduler, ask(key))).toMatchObject({
        code: 422,
        body: { reason: 'Invalid', message: expect.stringContaining(why!) },
      });
    }
    const api = await ApiClient.of(server, scheduler);
    closers.push(() => api.close());
    expect((await api.get(path)).code).toBe(403);
    const { publicKey } = createNkey('user');
    const { code, body } = await post(scheduler, ask(publicKey));
    expect(code).toBe(201);
    expect(body.status.username).toBe('system:kube-scheduler');
    const claims = readClaims(body.status.token)!;
    expect(claims.sub).toBe(publicKey);
    expect(claims.exp! - claims.iat).toBeLessThanOrEqual(16);
    expect(claims.nats).toMatchObject({ pub: { deny: ['>'] }, sub: { allow: body.status.subjects } });
  });

  it('say what RBAC says, and no more', async () => {
    const ofScheduler = await subjectsOf(clusterIdentities.scheduler);
    expect(ofScheduler).toEqual(
      expect.arrayContaining([
        'nestor.bookmark',
        'nestor.watch._.pods.>',
        'nestor.node.*.pods.>',
        'nestor.watch.apps.replicasets.>',
      ]),
    );
    expect(ofScheduler.join()).not.toMatch(/secrets|configmaps|deployments|nestor\.watch\.>/);
    expect(await subjectsOf(clusterIdentities.controllerManager)).toEqual([
      'nestor.bookmark',
      'nestor.watch.>',
      'nestor.node.>',
    ]);
    const joe = { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'joe' };
    await role('asks', [mayAsk], joe);
    expect(await subjectsOf(stranger)).toEqual(['nestor.bookmark']);
    await role('lists-only', [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'get'] }], joe);
    expect(await subjectsOf(stranger)).toEqual(['nestor.bookmark']);
    await role('services', [{ apiGroups: [''], resources: ['services', 'secrets'], verbs: ['list', 'watch'] }], joe);
    expect(await subjectsOf(stranger)).toEqual(['nestor.bookmark', 'nestor.watch._.services.>']);
    const opened = await open(stranger);
    await connected(opened);
    for (const subject of ['nestor.watch._.pods.>', 'nestor.watch._.secrets.>', 'nestor.watch.>', '>']) {
      expect((await listen(opened, subject)).isRefused).toBe(true);
    }
    expect((await listen(opened, 'nestor.watch._.services.>')).isRefused).toBe(false);
  });

  it('let a node hear its own pods and itself, and nothing of another', async () => {
    await node('n1');
    await node('n2');
    const subjects = await subjectsOf(nodeIdentity('n1'));
    expect(subjects).toEqual(expect.arrayContaining(['nestor.node.n1.pods.>', 'nestor.node.n1.nodes.>']));
    expect(subjects.join()).not.toMatch(/n2|node\.\*|_\.pods|_\.nodes|secrets/);
    const opened = await open(nodeIdentity('n1'));
    await connected(opened);
    for (const subject of [
      'nestor.node.n2.pods.>',
      'nestor.node.*.pods.>',
      'nestor.watch._.pods.>',
      'nestor.watch._.nodes.>',
    ]) {
      expect((await listen(opened, subject)).isRefused).toBe(true);
    }
    const self = await listen(opened, 'nestor.node.n1.nodes.>');
    await admin.resource(refs.nodes).patch('n2', undefined, 'merge', { metadata: { labels: { a: 'b' } } });
    await admin.resource(refs.nodes).patch('n1', undefined, 'merge', { metadata: { labels: { a: 'b' } } });
    await eventually(() => expect(self.seen.some(({ type }) => type === 'event')).toBe(true));
    const names = self.seen.map(({ subject }) => subject).filter((subject) => !subject.includes('_bookmark'));
    expect(new Set(names)).toEqual(new Set(['nestor.node.n1.nodes._.n1']));
    // What a node would publish goes nowhere.
    const everything = new NatsBus({
      url: bus.nats.url,
      caFile: bus.caFile,
      credentials: ownCredentials(bus.issuer, {
        name: 'all',
        permissions: { publish: [], subscribe: ['>'] },
        lifeMs: 60_000,
      }),
    });
    closers.push(() => everything.close());
    await everything.ready();
    const { seen } = await listen(everything, '>');
    opened.publish({
      subject: 'nestor.node.n1.pods.ns.forged',
      data: Buffer.from('{}'),
      revision: 1,
      previous: 0,
      type: 'event',
    });
    await opened.flush();
    await everything.flush();
    expect(seen.map(({ subject }) => subject).join()).not.toContain('forged');
  });

  it('never bring anything of a Secret, whoever listens to what', async () => {
    const everything = new NatsBus({
      url: bus.nats.url,
      caFile: bus.caFile,
      credentials: ownCredentials(bus.issuer, {
        name: 'all',
        permissions: { publish: [], subscribe: ['>'] },
        lifeMs: 60_000,
      }),
    });
    closers.push(() => everything.close());
    await everything.ready();
    const { seen } = await listen(everything, '>');
    const secrets = admin.resource(refs.secrets);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'hidden', namespace: 'team' },
      data: { p: 'aHVudGVyMg==' },
    };
    const made = await secrets.create(secret);
    await secrets.update({ ...made, data: { p: 'aHVudGVyMw==' } });
    await secrets.delete('hidden', 'team');
    const shown = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'shown', namespace: 'team' } };
    await admin.resource(refs.configMaps).create(shown);
    await eventually(() => expect(seen.some(({ subject }) => subject.endsWith('.configmaps.team.shown'))).toBe(true));
    const all = seen.map(({ subject, data }) => `${subject} ${Buffer.from(data).toString()}`).join('\n');
    expect(all).not.toMatch(/aHVudGVy|secrets\.|"Secret"/);
  });

  it('are taken from a node that is gone, at once, and given to its successor with another key', async () => {
    await node('gone');
    const opened = await open(nodeIdentity('gone'));
    const other = await open(clusterIdentities.scheduler);
    await Promise.all([connected(opened), connected(other)]);
    const states: boolean[] = [];
    other.onState((up) => states.push(up));
    const { publicKey } = createNkey('user');
    const unused = (await post(nodeIdentity('gone'), ask(publicKey))).body.status.token;
    expect(readClaims(unused)).toBeDefined();
    await admin.resource(refs.nodes).delete('gone');
    await eventually(() => expect(opened.connected).toBe(false));
    expect(await post(nodeIdentity('gone'), ask(createNkey('user').publicKey))).toMatchObject({
      code: 403,
      body: { message: expect.stringContaining('user "system:node:gone" stands for nodes "gone", which is not there') },
    });
    expect(opened.connected).toBe(false);
    await node('gone');
    expect(await post(nodeIdentity('gone'), ask(publicKey))).toMatchObject({ code: 409, body: { reason: 'Conflict' } });
    await connected(opened);
    expect(states).toEqual([]);
  });

  it('are taken from a service account that is gone, by the token it had', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot', namespace: 'team' } };
    await admin.resource(refs.serviceAccounts).create(account);
    await role('robot', [mayAsk, { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }], {
      kind: 'ServiceAccount',
      name: 'robot',
      namespace: 'team',
    });
    const { body } = await admin.transport.request({
      method: 'POST',
      path: '/api/v1/namespaces/team/serviceaccounts/robot/token',
      body: { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: {} },
    });
    const { token } = (JSON.parse(body.toString()) as { status: { token: string } }).status;
    const { cert: _cert, key: _key, ...connection } = admin.connection;
    const client = new KubernetesClient({ connection: { ...connection, token: () => token }, component: 'robot' });
    closers.push(() => client.close());
    const opened = openNatsBus({ kubeconfig: '', natsUrl: bus.nats.url, natsCaFile: bus.caFile }, client)!;
    closers.push(() => opened.close());
    await connected(opened);
    expect((await listen(opened, 'nestor.watch._.pods.>')).isRefused).toBe(false);
    await admin.resource(refs.serviceAccounts).delete('robot', 'team');
    await eventually(() => expect(opened.connected).toBe(false));
  });

  it('are renewed while an informer follows, which misses nothing and never notices', async () => {
    const client = await as(clusterIdentities.controllerManager);
    const opened = await open(clusterIdentities.controllerManager);
    const link = new BusLink(opened);
    closers.push(() => link.close());
    opened.subscribe(bookmarkSubject, (message) => link.bookmark(message));
    await connected(opened);
    const informers = new InformerFactory({ transport: client.transport, link });
    closers.push(() => informers.stop());
    const values: string[] = [];
    const note = (object: { data?: Readonly<Record<string, string>> }): void =>
      void values.push(object.data?.['n'] ?? '');
    const informer = informers.informer(refs.configMaps, { labelSelector: 'counted' });
    informer.addHandlers({ added: note, updated: note });
    await informer.start();
    const states: boolean[] = [];
    opened.onState((up) => states.push(up));
    const maps = admin.resource(refs.configMaps);
    const metadata = { name: 'counted', namespace: 'team', labels: { counted: 'yes' } };
    let map = await maps.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { n: '0' } });
    // Two lives of a credential.
    const end = Date.now() + 30_000;
    let n = 0;
    while (Date.now() < end) map = await maps.update({ ...map, data: { n: String((n += 1)) } });
    await eventually(() => expect(values.at(-1)).toBe(String(n)));
    expect(values).toEqual(Array.from({ length: n + 1 }, (_, index) => String(index)));
    expect(states).toEqual([]);
  });

  it('are still void when the servers of the bus were away', async () => {
    await node('late');
    const opened = await open(nodeIdentity('late'));
    const other = await open(clusterIdentities.scheduler);
    await Promise.all([connected(opened), connected(other)]);
    await bus.nats.kill();
    await admin.resource(refs.nodes).delete('late');
    await bus.nats.restart();
    await connected(other);
    await eventually(() => expect(opened.connected).toBe(false));
  });
});

describe('an API server with a bus and no keys to sign with', () => {
  it('does not start, and says what it lacks', async () => {
    await expect(startApiServer({ args: ['--nats-url=tls://127.0.0.1:4222'] })).rejects.toThrow(
      /--nats-url needs --nats-issuer-file/,
    );
  });
});
