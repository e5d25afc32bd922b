import { Client } from 'pg';
import {
  ApiClient,
  type Answer,
  eventually,
  kubectl,
  startApiServer,
  startTestPostgres,
  type TestApiServer,
  type TestDatabase,
} from '@nestor/testing';

const services = '/api/v1/namespaces/default/services';
const addresses = '/apis/networking.k8s.io/v1/ipaddresses';
const cidrs = '/apis/networking.k8s.io/v1/servicecidrs';

const service = (name: string, spec: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name },
  spec: { selector: { a: 'b' }, ports: [{ port: 80 }], ...spec },
});
const why = ({ body }: Answer): string => body['message'] as string;

describe('two API servers over one small range', () => {
  let database: TestDatabase;
  let servers: TestApiServer[] = [];
  let clients: ApiClient[] = [];
  const args = ['--service-cluster-ip-range=10.50.0.0/25', '--service-node-port-range=31000-31039'];

  beforeAll(async () => {
    database = await startTestPostgres();
    const first = await startApiServer({ database: database.url, args });
    servers = [first, await startApiServer({ database: database.url, pki: first.pki, args })];
    clients = await Promise.all(servers.map((server) => ApiClient.of(server)));
  }, 120_000);
  afterAll(async () => {
    for (const client of clients) client.close();
    for (const server of servers) await server.stop();
    await database?.stop();
  });

  it('shares nothing among 200 Services made at once, and says when there is no more', async () => {
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => clients[index % 2]!.post(services, service(`burst-${index}`))),
    );
    const made = answers.filter(({ code }) => code === 201);
    const refused = answers.filter(({ code }) => code !== 201);
    // 126 hosts, one of which is the Service kubernetes'.
    expect(made).toHaveLength(125);
    expect(new Set(made.map(({ body }) => body['spec'].clusterIP as string)).size).toBe(125);
    for (const answer of refused) {
      expect([answer.code, why(answer)]).toEqual([
        500,
        'Internal error occurred: failed to allocate a serviceIP: range is full',
      ]);
    }
    const held = (await clients[1]!.get(addresses)).body['items'] as { metadata: { name: string } }[];
    expect(held).toHaveLength(126);

    await Promise.all(made.map(({ body }, at) => clients[at % 2]!.delete(`${services}/${body.metadata.name}`)));
    expect((await clients[0]!.get(addresses)).body['items']).toHaveLength(1);
  }, 120_000);

  it('hands out each node port once and then none, and takes all back with the Services', async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        clients[index % 2]!.post(services, service(`port-${index}`, { type: 'NodePort' })),
      ),
    );
    const made = answers.filter(({ code }) => code === 201);
    expect(new Set(made.map(({ body }) => body['spec'].ports[0].nodePort as number)).size).toBe(40);
    expect(made).toHaveLength(40);
    expect(why(answers.find(({ code }) => code !== 201)!)).toBe(
      'Internal error occurred: failed to allocate a nodePort: range is full',
    );
    // Who got no port left no address behind.
    expect((await clients[0]!.get(addresses)).body['items']).toHaveLength(41);
    await Promise.all(made.map(({ body }) => clients[0]!.delete(`${services}/${body.metadata.name}`)));
    const again = await clients[1]!.post(services, service('again', { type: 'NodePort' }));
    expect(again.code).toBe(201);
    await clients[1]!.delete(`${services}/again`);
  });
});

describe('addresses of Services', () => {
  let server: TestApiServer;
  let client: ApiClient;
  beforeAll(async () => {
    server = await startApiServer();
    client = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });
  const create = async (name: string, spec?: object): Promise<Answer['body']> => {
    const answer = await client.post(services, service(name, spec));
    expect([answer.code, answer.code === 201 ? '' : answer.text]).toEqual([201, '']);
    return answer.body;
  };
  const held = async (ip: string): Promise<number> => (await client.get(`${addresses}/${ip}`)).code;

  it('are objects that say whose they are', async () => {
    const { spec } = await create('plain');
    expect((await client.get(`${addresses}/${spec.clusterIP}`)).body).toMatchObject({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: {
        name: spec.clusterIP,
        labels: {
          'ipaddress.kubernetes.io/ip-family': 'IPv4',
          'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
        },
      },
      spec: { parentRef: { resource: 'services', namespace: 'default', name: 'plain' } },
    });
    const shown = await kubectl(['get', 'ip,servicecidr'], { kubeconfig: server.adminKubeconfig });
    expect(shown.stdout).toMatch(/ipaddress.networking.k8s.io\/10.96.0.1 +services\/default\/kubernetes/);
    expect(shown.stdout).toMatch(/servicecidr.networking.k8s.io\/kubernetes +10.96.0.0\/16/);
  });

  it('are refused when taken, out of range, or not to be had', async () => {
    const { spec } = await create('first', { type: 'NodePort' });
    const { clusterIP, ports } = spec;
    const attempt = async (more: object): Promise<string> => why(await client.post(services, service('second', more)));
    expect(await attempt({ clusterIP })).toBe(
      `Service "second" is invalid: spec.clusterIPs: Invalid value: ["${clusterIP}"]: failed to allocate IP ${clusterIP}: provided IP is already allocated`,
    );
    expect(await attempt({ clusterIP: '10.97.0.1' })).toContain(
      'failed to allocate IP 10.97.0.1: the provided network does not match the current range',
    );
    expect(await attempt({ type: 'NodePort', ports: [{ port: 80, nodePort: ports[0].nodePort }] })).toContain(
      `spec.ports[0].nodePort: Invalid value: ${ports[0].nodePort}: provided port is already allocated`,
    );
    expect(await attempt({ type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] })).toContain(
      'provided port is not in the valid range. The range of valid ports is 30000-32767',
    );
    expect(await attempt({ ipFamilyPolicy: 'RequireDualStack' })).toContain(
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    );
    expect(await attempt({ clusterIP: 'fd00::1' })).toContain('IPv6 is not configured on this cluster');
    expect(await attempt({ ipFamilies: ['IPv6'] })).toContain(
      'spec.ipFamilies[0]: Invalid value: "IPv6": not configured',
    );
  });

  it('come and go with the type', async () => {
    const { spec } = await create('typed', {
      type: 'LoadBalancer',
      externalTrafficPolicy: 'Local',
      ports: [
        { name: 'a', port: 53, protocol: 'TCP' },
        { name: 'b', port: 53, protocol: 'UDP' },
      ],
    });
    const { clusterIP, ports, healthCheckNodePort } = spec;
    expect(ports[0].nodePort).toBe(ports[1].nodePort);
    expect(healthCheckNodePort).toBeGreaterThan(0);
    const busy = await client.post(
      services,
      service('rival', { type: 'NodePort', ports: [{ port: 1, nodePort: healthCheckNodePort }] }),
    );
    expect(why(busy)).toContain('provided port is already allocated');

    const path = `${services}/typed`;
    const plain = await client.patch(path, 'merge', { spec: { type: 'ClusterIP' } });
    expect(plain.body['spec']).toMatchObject({ clusterIP, ports: [{ port: 53 }, { port: 53 }] });
    for (const gone of ['healthCheckNodePort', 'externalTrafficPolicy', 'allocateLoadBalancerNodePorts'])
      expect(plain.body['spec']).not.toHaveProperty(gone);
    expect(
      (
        await client.post(
          services,
          service('rival', { type: 'NodePort', ports: [{ port: 1, nodePort: healthCheckNodePort }] }),
        )
      ).code,
    ).toBe(201);

    const external = await client.patch(path, 'merge', { spec: { type: 'ExternalName', externalName: 'a.io' } });
    expect([external.code, external.body['spec'].clusterIP, await held(clusterIP)]).toEqual([200, undefined, 404]);
    const back = await client.patch(path, 'merge', { spec: { type: 'ClusterIP', externalName: null } });
    expect(await held(back.body['spec'].clusterIP as string)).toBe(200);
  });

  it('may be shared by no health check, and need none for headless Services', async () => {
    const { spec } = await create('headless', { clusterIP: 'None' });
    expect(spec).toMatchObject({ clusterIPs: ['None'], ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    const free = await create('headless-free', { clusterIP: 'None', selector: null });
    expect(free['spec']).toMatchObject({ ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' });
    const none = await create('no-ports', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false });
    expect(none['spec'].ports[0].nodePort).toBeUndefined();
  });

  it('are kept by a dry run, a refused write and a replace without them', async () => {
    const before = ((await client.get(addresses)).body['items'] as unknown[]).length;
    const dry = await client.post(`${services}?dryRun=All`, service('dry', { type: 'NodePort' }));
    expect(dry.code).toBe(201);
    expect((await client.post(services, service('Bad_Name'))).code).toBe(422);
    expect(((await client.get(addresses)).body['items'] as unknown[]).length).toBe(before);

    const { spec } = await create('kept', { type: 'NodePort' });
    const replaced = await client.put(`${services}/kept`, service('kept', { type: 'NodePort', ports: [{ port: 81 }] }));
    expect(replaced.body['spec'].clusterIP).toBe(spec.clusterIP);
    expect(replaced.body['spec'].ports[0].nodePort).toBe(spec.ports[0].nodePort);
  });

  it('come out of a second ServiceCIDR, but not out of one on its way out', async () => {
    const extra = {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'ServiceCIDR',
      metadata: { name: 'extra', finalizers: ['a.io/b'] },
    };
    const made = await client.post(cidrs, { ...extra, spec: { cidrs: ['192.168.7.0/24'] } });
    expect(made.code).toBe(201);
    const { spec } = await create('in-extra', { clusterIP: '192.168.7.9' });
    expect(await held(spec.clusterIP as string)).toBe(200);
    await client.delete(`${cidrs}/extra`);
    const late = await client.post(services, service('late', { clusterIP: '192.168.7.10' }));
    expect(why(late)).toContain('the provided network does not match the current range');
    await client.delete(`${services}/in-extra`);
    await client.patch(`${cidrs}/extra`, 'merge', { metadata: { finalizers: null } });
  });

  it('have kinds that refuse what they must', async () => {
    const address = (name: string, parentRef?: object): object => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'IPAddress',
      metadata: { name },
      spec: { parentRef },
    });
    const parent = { resource: 'gateways', group: 'a.io', name: 'g' };
    expect(why(await client.post(addresses, address('x', parent)))).toContain('unable to parse IP');
    expect(why(await client.post(addresses, address('2001:db8:0::1', parent)))).toContain(
      'must be a canonical format IP address',
    );
    expect(why(await client.post(addresses, address('192.0.2.1', { name: 'g' })))).toContain(
      'spec.parentRef.resource: Required',
    );
    expect((await client.post(addresses, address('192.0.2.1', parent))).code).toBe(201);
    const moved = await client.patch(`${addresses}/192.0.2.1`, 'merge', { spec: { parentRef: { name: 'h' } } });
    expect(why(moved)).toContain('spec.parentRef: Invalid value:');
    expect(why(moved)).toContain('field is immutable');
    const shown = await kubectl(['get', 'ip', '192.0.2.1'], { kubeconfig: server.adminKubeconfig });
    expect(shown.stdout).toMatch(/gateways.a.io\/g/);

    const range = async (...list: string[]): Promise<string> =>
      why(
        await client.post(cidrs, {
          apiVersion: 'networking.k8s.io/v1',
          kind: 'ServiceCIDR',
          metadata: { name: 'r' },
          spec: { cidrs: list },
        }),
      );
    expect(await range()).toContain('spec.cidrs: Required value: at least one CIDR required');
    expect(await range('10.0.0.0/8', '10.1.0.0/16')).toContain('may specify no more than one IP for each IP family');
    expect(await range('10.0.0.1/8')).toContain('must not have bits set beyond the prefix length');
    const changed = await client.patch(`${cidrs}/kubernetes`, 'merge', { spec: { cidrs: ['10.1.0.0/16'] } });
    expect(why(changed)).toContain('spec.cidrs[0]: Invalid value: "10.1.0.0/16": field is immutable');
  });

  it('show in kubectl expose, get endpointslices and get endpoints, the last with a warning', async () => {
    const { adminKubeconfig: kubeconfig } = server;
    await kubectl(['create', 'deployment', 'shown', '--image=busybox'], { kubeconfig });
    await kubectl(['expose', 'deployment', 'shown', '--port=80', '--type=NodePort'], { kubeconfig });
    const { stdout } = await kubectl(['get', 'service', 'shown'], { kubeconfig });
    expect(stdout).toMatch(/shown +NodePort +10\.96\.\d+\.\d+ +<none> +80:3\d{4}\/TCP/);
    const slices = await kubectl(['get', 'endpointslices', 'kubernetes'], { kubeconfig });
    expect(slices.stdout).toMatch(/kubernetes +IPv4 +/);
    const endpoints = await kubectl(['get', 'endpoints', 'kubernetes'], { kubeconfig });
    expect(endpoints.stderr).toContain(
      'Warning: v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
    );
  });

  it('come back when somebody deletes them under a living Service', async () => {
    const { spec } = await create('robbed');
    await client.delete(`${addresses}/${spec.clusterIP}`);
    await eventually(async () => expect(await held(spec.clusterIP as string)).toBe(200));
    await eventually(async () => {
      const events = await client.get('/api/v1/namespaces/default/events?fieldSelector=involvedObject.name=robbed');
      expect((events.body['items'] as { reason: string }[]).map(({ reason }) => reason)).toEqual([
        'ClusterIPNotAllocated',
      ]);
    });
  });

  it('are mended at the next start: leaked, of the wrong parent, without their label, lost', async () => {
    const [wrong, unlabelled, lost, twice] = await Promise.all(
      ['wrong', 'unlabelled', 'lost', 'twice'].map((name) => create(name)),
    );
    await server.kill();
    const database = new Client({ connectionString: server.databaseUrl });
    await database.connect();
    const change = (ip: string, from: string, to: string): Promise<unknown> =>
      database.query(
        `update object set body = convert_to(replace(convert_from(body, 'UTF8'), $2, $3), 'UTF8') where resource = 'ipaddresses.networking.k8s.io' and name = $1`,
        [ip, from, to],
      );
    await change(wrong!['spec'].clusterIP as string, '"name":"wrong"', '"name":"nobody"');
    await change(unlabelled!['spec'].clusterIP as string, '"ipaddress.kubernetes.io/ip-family":"IPv4",', '');
    await database.query(`delete from object where resource = 'ipaddresses.networking.k8s.io' and name = $1`, [
      lost!['spec'].clusterIP,
    ]);
    // A server that ended between the end of a Service and that of its address, a while ago.
    await database.query(`delete from object where resource = 'services' and name = 'twice'`);
    const ip = twice!['spec'].clusterIP as string;
    const { rows } = await database.query<{ text: string }>(
      `select convert_from(body, 'UTF8') as text from object where resource = 'ipaddresses.networking.k8s.io' and name = $1`,
      [ip],
    );
    const created = /"creationTimestamp":"[^"]*"/.exec(rows[0]!.text)![0];
    await change(ip, created, '"creationTimestamp":"2026-01-01T00:00:00Z"');
    await database.end();
    await server.restart();

    await eventually(async () => {
      for (const made of [wrong, unlabelled, lost]) {
        const found = await client.get(`${addresses}/${made!['spec'].clusterIP}`);
        expect(found.body).toMatchObject({
          metadata: { labels: { 'ipaddress.kubernetes.io/ip-family': 'IPv4' } },
          spec: { parentRef: { name: made!.metadata.name } },
        });
      }
      expect(await held(ip)).toBe(404);
    });
    await eventually(async () => {
      const events = await client.get('/api/v1/events');
      const told = (events.body['items'] as { reason: string; message: string }[]).map(
        ({ reason, message }) => `${reason}: ${message}`,
      );
      expect(told).toEqual(
        expect.arrayContaining([
          `ClusterIPNotAllocated: Cluster IP [IPv4]: ${lost!['spec'].clusterIP} is not allocated; repairing`,
          `ClusterIPNotAllocated: the ClusterIP [IPv4]: ${wrong!['spec'].clusterIP} for Service default/wrong has a wrong reference; repairing`,
          `IPAddressNotAllocated: IPAddress: ${ip} for Service default/twice appears to have leaked: cleaning up`,
        ]),
      );
    });
  });
});

describe('a dual-stack range', () => {
  let server: TestApiServer;
  let client: ApiClient;
  beforeAll(async () => {
    server = await startApiServer({ args: ['--service-cluster-ip-range=10.60.0.0/24,fd00:60::/112'] });
    client = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    client?.close();
    await server?.stop();
  });

  it('gives each Service the families it asks for', async () => {
    const spec = async (name: string, more: object): Promise<any> =>
      (await client.post(services, service(name, more))).body['spec'];
    expect(await spec('single', {})).toMatchObject({ ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' });
    const six = await spec('six', { ipFamilies: ['IPv6'] });
    expect(six).toMatchObject({ ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' });
    expect(six.clusterIP).toMatch(/^fd00:60::/);
    const both = await spec('both', { ipFamilyPolicy: 'PreferDualStack' });
    expect(both).toMatchObject({
      ipFamilies: ['IPv4', 'IPv6'],
      clusterIPs: [both.clusterIP, expect.stringMatching(/^fd00:60::/)],
    });
    const chosen = await spec('chosen', {
      ipFamilyPolicy: 'RequireDualStack',
      clusterIPs: ['fd00:60::5', '10.60.0.5'],
      clusterIP: 'fd00:60::5',
    });
    expect(chosen).toMatchObject({ ipFamilies: ['IPv6', 'IPv4'], clusterIP: 'fd00:60::5' });
    expect((await client.get(`${addresses}/fd00:60::5`)).body.metadata.labels).toMatchObject({
      'ipaddress.kubernetes.io/ip-family': 'IPv6',
    });
  });

  it('lets a second family come and go', async () => {
    const { body } = await client.post(services, service('grows'));
    const { clusterIP } = body['spec'];
    const path = `${services}/grows`;
    const grown = await client.patch(path, 'merge', { spec: { ipFamilyPolicy: 'PreferDualStack' } });
    expect(grown.body['spec'].clusterIPs).toEqual([clusterIP, expect.stringMatching(/^fd00:60::/)]);
    const second = grown.body['spec'].clusterIPs[1] as string;
    const refused = await client.patch(path, 'merge', { spec: { clusterIPs: [clusterIP], ipFamilies: ['IPv4'] } });
    expect(why(refused)).toContain("must be 'SingleStack' to release the secondary cluster IP");
    const shrunk = await client.patch(path, 'merge', { spec: { ipFamilyPolicy: 'SingleStack' } });
    expect(shrunk.body['spec']).toMatchObject({ clusterIPs: [clusterIP], ipFamilies: ['IPv4'] });
    expect((await client.get(`${addresses}/${second}`)).code).toBe(404);
  });
});
