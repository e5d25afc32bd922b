import { nodeIdentity } from '@nestor/pki';
import {
  ApiClient,
  eventually,
  startApiServer,
  startTestPostgres,
  type TestApiServer,
  type TestDatabase,
} from '@nestor/testing';
import { configMap, pod, serviceAccount } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';
const services = '/api/v1/namespaces/default/services';

describe('two API servers on one Postgres', () => {
  let database: TestDatabase;
  let servers: TestApiServer[] = [];
  let clients: ApiClient[] = [];

  beforeAll(async () => {
    database = await startTestPostgres();
    const args = ['--allow-loopback-proxies'];
    const first = await startApiServer({ database: database.url, args });
    servers = [first, await startApiServer({ database: database.url, pki: first.pki, args })];
    clients = await Promise.all(servers.map((server) => ApiClient.of(server)));
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const server of servers) await server.stop();
    await database?.stop();
  });

  it('reads on one what the other has just acknowledged', async () => {
    for (let round = 0; round < 20; round++) {
      const [writer, reader] = round % 2 ? clients : [...clients].reverse();
      const name = `shared-${round}`;
      expect((await writer!.post(maps, configMap(name))).code).toBe(201);
      expect((await reader!.get(`${maps}/${name}`)).code).toBe(200);
    }
  });

  it('lets one of two concurrent creates win', async () => {
    const codes = await Promise.all(clients.map(async (client) => (await client.post(maps, configMap('race'))).code));
    expect(codes.sort()).toEqual([201, 409]);
  });

  it('judges a delete by the newest state, whichever server made it', async () => {
    for (let round = 0; round < 30; round++) {
      const [writer, other] = round % 2 ? clients : [...clients].reverse();
      const path = `${maps}/judged-${round}`;
      await writer!.post(maps, configMap(`judged-${round}`));
      const changed = await writer!.patch(path, 'merge', { data: { a: '2' } });
      const preconditions = { resourceVersion: changed.body.metadata.resourceVersion };
      expect((await other!.delete(path, { preconditions })).code).toBe(200);
    }
  });

  it('proxies to the address that a pod was given last, whichever server was told of it', async () => {
    const path = '/api/v1/namespaces/default/pods/moving';
    await clients[0]!.post('/api/v1/namespaces/default/serviceaccounts', serviceAccount());
    await clients[0]!.post('/api/v1/namespaces/default/pods', pod('moving', { nodeName: 'n1' }));
    const answers: unknown[] = [];
    for (let round = 0; round < 20; round++) {
      const podIP = `127.0.0.${(round % 2) + 1}`;
      await clients[round % 2]!.patch(`${path}/status`, 'merge', { status: { podIP, podIPs: [{ ip: podIP }] } });
      const { code, body } = await clients[1 - (round % 2)]!.get(`${path}:1/proxy/`);
      answers.push({ code, names: String(body['message']).includes(`ECONNREFUSED ${podIP}:1`) });
    }
    expect(answers).toEqual(Array(20).fill({ code: 503, names: true }));
  });

  it('lets a node read what a pod uses the moment the pod is there, whichever server is asked', async () => {
    const home = '/api/v1/namespaces/default';
    await clients[0]!.post(`${home}/serviceaccounts`, serviceAccount());
    await clients[0]!.post(maps, configMap('mine'));
    const nodes = await Promise.all(servers.map((server) => ApiClient.of(server, nodeIdentity('n1'))));
    const volumes = [{ name: 'm', configMap: { name: 'mine' } }];
    const codes: number[] = [];
    for (let round = 0; round < 20; round++) {
      const writer = clients[round % 2]!;
      await writer.post(`${home}/pods`, pod('short', { nodeName: 'n1', volumes }));
      codes.push((await nodes[1 - (round % 2)]!.get(`${maps}/mine`)).code);
      await writer.delete(`${home}/pods/short?gracePeriodSeconds=0`);
    }
    expect(codes).toEqual(Array(20).fill(200));
    for (const node of nodes) node.close();
  });

  it('hands out each cluster IP and node port once', async () => {
    const service = (name: string): unknown => ({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name },
      spec: { type: 'NodePort', selector: { a: 'b' }, ports: [{ port: 80 }] },
    });
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) => clients[index % 2]!.post(services, service(`s${index}`))),
    );
    expect(answers.map(({ code }) => code)).toEqual(Array(30).fill(201));
    const ips = new Set(answers.map(({ body }) => body['spec'].clusterIP as string));
    const ports = new Set(answers.map(({ body }) => body['spec'].ports[0].nodePort as number));
    expect([ips.size, ports.size]).toEqual([30, 30]);
    const wanted = { ...(service('dup') as any), spec: { clusterIP: [...ips][0], ports: [{ port: 80 }] } };
    expect((await clients[1]!.post(services, wanted)).body['message']).toContain('provided IP is already allocated');
    await clients[0]!.delete(
      `${services}/${answers.find(({ body }) => body['spec'].clusterIP === [...ips][0])?.body.metadata.name}`,
    );
    expect((await clients[1]!.post(services, wanted)).code).toBe(201);
  });

  it('serves a custom resource on both', async () => {
    const crd = {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name: 'widgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            subresources: { status: {} },
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: {
                  spec: {
                    type: 'object',
                    required: ['size'],
                    properties: { size: { type: 'integer', minimum: 1 }, color: { type: 'string', default: 'red' } },
                  },
                  status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                },
              },
            },
          },
          {
            name: 'v2',
            served: true,
            storage: false,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
    };
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    expect((await clients[0]!.post(definitions, crd)).code).toBe(201);
    const widgets = '/apis/example.com/v1/namespaces/default/widgets';
    for (const client of clients) {
      await eventually(async () => expect((await client.get(widgets)).code).toBe(200));
    }
    const widget = {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'w' },
      spec: { size: 3, extra: true },
    };
    const created = await clients[0]!.post(widgets, widget);
    expect(created.body['spec']).toEqual({ size: 3, color: 'red' });
    expect(created.headers['warning']).toContain('unknown field \\"spec.extra\\"');
    const bad = { ...widget, metadata: { name: 'bad' }, spec: { size: 0 } };
    expect((await clients[1]!.post(widgets, bad)).body['message']).toBe(
      'Widget.example.com "bad" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1',
    );
    expect((await clients[1]!.get('/apis/example.com/v2/namespaces/default/widgets/w')).body.apiVersion).toBe(
      'example.com/v2',
    );
    await clients[1]!.delete(`${definitions}/widgets.example.com`);
    await eventually(async () => {
      expect((await clients[0]!.get(`${definitions}/widgets.example.com`)).code).toBe(404);
    });
    expect((await clients[0]!.get(widgets)).code).toBe(404);
  });
});
