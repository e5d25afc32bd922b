import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeIdentity } from '@nestor/pki';
import {
  ApiClient,
  eventually,
  kubectl,
  repositoryRoot,
  startApiServer,
  startMetricsServer,
  TestApiServer,
  TestMetricsServer,
} from '@nestor/testing';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';
const resourceMetrics = 'v1beta1.metrics.k8s.io';
const nodesPath = '/apis/metrics.k8s.io/v1beta1/nodes';

(isBuilt ? describe : describe.skip)('aggregated APIs', () => {
  let server: TestApiServer;
  let metrics: TestMetricsServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startApiServer();
    metrics = await startMetricsServer(server.pki);
    api = await ApiClient.of(server);
  });
  afterAll(async () => {
    api?.close();
    await metrics?.stop();
    await server?.stop();
  });

  const run = async (...args: string[]): Promise<string> =>
    (await kubectl(args, { kubeconfig: server.adminKubeconfig })).stdout;
  const apply = (manifests: object[]) =>
    kubectl(['apply', '-f', '-'], {
      kubeconfig: server.adminKubeconfig,
      input: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests }),
    });
  const expectAvailable = (condition: object, name = resourceMetrics): Promise<void> =>
    eventually(async () => {
      const { body } = await api.get(`${apiServices}/${name}`);
      expect(body.status.conditions).toMatchObject([{ type: 'Available', ...condition }]);
    });

  it('are not there before anybody serves them', async () => {
    expect((await api.get(nodesPath)).code).toBe(404);
    const [service, ...registrations] = metrics.manifests();
    await apply(registrations);
    await expectAvailable({ status: 'False', reason: 'ServiceNotFound' });
    const refused = await api.get(nodesPath);
    expect(refused).toMatchObject({ code: 503, text: 'service unavailable\n' });
    await apply([service!]);
    await expectAvailable({ status: 'True', reason: 'Passed', message: 'all checks passed' });
    expect(await run('get', 'apiservice', resourceMetrics, '--no-headers')).toMatch(
      /^v1beta1.metrics.k8s.io +kube-system\/test-metrics +True /,
    );
  });

  it('get requests as from the proxy, with who asks in its headers and nothing of what proved it', async () => {
    metrics.nodes.set('n1', { cpu: '250m', memory: '512Mi' });
    metrics.requests.length = 0;
    const { code, body } = await api.send('GET', `${nodesPath}?limit=5&labelSelector=a%3Db`, undefined, {
      'x-remote-user': 'mallory',
      'x-remote-group': 'system:masters',
    });
    expect(code).toBe(200);
    expect(body['items']).toMatchObject([{ metadata: { name: 'n1' } }]);
    const sent = metrics.requests.find(({ url }) => url.startsWith(nodesPath));
    expect(sent).toMatchObject({ url: `${nodesPath}?limit=5&labelSelector=a%3Db`, proxy: 'front-proxy-client' });
    expect(sent?.headers['x-remote-user']).toBe('kubernetes-admin');
    expect(sent?.headers['x-remote-group']).toBe('system:masters, system:authenticated');
    expect(sent?.headers).not.toHaveProperty('authorization');
  });

  it('are asked anew where a kept connection was closed', async () => {
    expect((await api.get(nodesPath)).code).toBe(200);
    metrics.isAbrupt = true;
    for (let time = 0; time < 3; time++) expect((await api.get(nodesPath)).code).toBe(200);
    // What may have been done is not done again.
    expect((await api.post(nodesPath, {})).code).toBe(503);
    metrics.isAbrupt = false;
  });

  it('are guarded by this server’s own authorization', async () => {
    const node = await ApiClient.of(server, nodeIdentity('n9'));
    expect((await node.get(nodesPath)).code).toBe(403);
    node.close();
  });

  it('appear in discovery of both forms', async () => {
    const { body } = await api.get('/apis/metrics.k8s.io');
    expect(body).toMatchObject({ kind: 'APIGroup', preferredVersion: { groupVersion: 'metrics.k8s.io/v1beta1' } });
    expect((await api.get('/apis/metrics.k8s.io/v1beta1')).body).toMatchObject({
      kind: 'APIResourceList',
      resources: [{ name: 'nodes' }, { name: 'pods' }],
    });
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const list = (await api.get('/apis', { accept })).body as unknown as {
      items: { metadata: { name: string }; versions: object[] }[];
    };
    expect(list.items.find(({ metadata }) => metadata.name === 'metrics.k8s.io')?.versions).toMatchObject([
      { version: 'v1beta1', freshness: 'Current', resources: [{ resource: 'nodes' }, { resource: 'pods' }] },
    ]);
    expect(await run('api-resources', '--api-group=metrics.k8s.io', '-o', 'name')).toBe(
      'nodes.metrics.k8s.io\npods.metrics.k8s.io\n',
    );
  });

  it('explain themselves', async () => {
    await eventually(async () => {
      const text = await run('explain', 'nodes', '--api-version=metrics.k8s.io/v1beta1');
      expect(text).toContain('NodeMetrics sets resource usage metrics of a node.');
    });
    expect(await run('explain', 'deployment.spec.replicas')).toContain('integer');
  });

  it('are what kubectl top reads', async () => {
    const capacity = { cpu: '1', memory: '1Gi' };
    const made = await api.post('/api/v1/nodes', {
      metadata: { name: 'n1' },
      status: { capacity, allocatable: capacity },
    });
    expect(made.code).toBe(201);
    metrics.pods.set('default/web', { main: { cpu: '10m', memory: '20Mi' }, side: { cpu: '5m', memory: '4Mi' } });
    expect(await run('top', 'node', '--no-headers')).toMatch(/^n1 +250m +25% +512Mi +50% *\n$/);
    expect(await run('top', 'pod', '--no-headers')).toMatch(/^web +15m +24Mi *\n$/);
    expect(await run('top', 'pod', '--containers', '--no-headers')).toMatch(/web +main +10m +20Mi/);
  });

  it('are believed only with the certificate the bundle vouches for', async () => {
    const { caFile } = await server.pki.frontProxy();
    const trust = (file: string) => ({ caBundle: readFileSync(file).toString('base64') });
    const replaced = async (file: string): Promise<number> => {
      const spec = { insecureSkipTLSVerify: null, ...trust(file) };
      expect((await api.patch(`${apiServices}/${resourceMetrics}`, 'merge', { spec })).code).toBe(200);
      return (await api.get(nodesPath)).code;
    };
    await eventually(async () => expect(await replaced(server.caFile)).toBe(200));
    await eventually(async () => expect(await replaced(caFile)).toBe(503));
    expect((await api.get(nodesPath)).text).toMatch(/^error trying to reach service: /);
    await eventually(async () => expect(await replaced(server.caFile)).toBe(200));
  });

  it('say when they are broken, and hide nothing else', async () => {
    metrics.isBroken = true;
    const touch = { metadata: { labels: { touched: 'yes' } } };
    await api.patch('/api/v1/namespaces/kube-system/services/test-metrics', 'merge', touch);
    await expectAvailable({ status: 'False', reason: 'FailedDiscoveryCheck' });
    expect((await api.get(`${apiServices}/${resourceMetrics}`)).body.status.conditions[0].message).toMatch(
      /^failing or missing response from https:\/\/localhost:\d+\/apis\/metrics.k8s.io\/v1beta1: bad status from .*: 500$/,
    );
    expect((await api.get(nodesPath)).code).toBe(503);
    expect(await run('get', 'namespace', 'default', '-o', 'name')).toBe('namespace/default\n');
    metrics.isBroken = false;
    await expectAvailable({ status: 'True' });
  });

  it('judge a cluster IP by its endpoints', async () => {
    const path = '/api/v1/namespaces/kube-system/services';
    await api.post(path, { metadata: { name: 'inside' }, spec: { ports: [{ port: 443, name: 'https' }] } });
    const registration = {
      metadata: { name: 'v1.inside.example' },
      spec: {
        group: 'inside.example',
        version: 'v1',
        groupPriorityMinimum: 1,
        versionPriority: 1,
        insecureSkipTLSVerify: true,
        service: { namespace: 'kube-system', name: 'inside', port: 8443 },
      },
    };
    expect((await api.post(apiServices, registration)).code).toBe(201);
    const name = 'v1.inside.example';
    await expectAvailable({ reason: 'ServicePortError' }, name);
    await api.patch(`${apiServices}/${name}`, 'merge', { spec: { service: { port: 443 } } });
    await expectAvailable(
      { reason: 'EndpointsNotFound', message: 'cannot find endpointslices for service/inside in "kube-system"' },
      name,
    );
    await api.post('/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices', {
      metadata: { name: 'inside-1', labels: { 'kubernetes.io/service-name': 'inside' } },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['10.1.1.1'], conditions: { ready: false } }],
      ports: [{ name: 'https', port: 443 }],
    });
    await expectAvailable({ reason: 'MissingEndpoints' }, name);
    expect((await api.delete(`${apiServices}/${name}`)).code).toBe(200);
    await eventually(async () => expect((await api.get('/apis/inside.example')).code).toBe(404));
  });

  it('stand beside those of this server itself, which come and go with their definitions', async () => {
    await eventually(async () => {
      const names = (await run('get', 'apiservices', '-o', 'name')).trim().split('\n');
      expect(names).toEqual(
        expect.arrayContaining(
          ['v1.', 'v1.apps', 'v2.autoscaling', 'v1.policy'].map((name) => `apiservice.apiregistration.k8s.io/${name}`),
        ),
      );
    });
    expect((await api.get(`${apiServices}/v1.apps`)).body).toMatchObject({
      spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
      status: { conditions: [{ status: 'True', reason: 'Local' }] },
    });
    const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
    const schema = { openAPIV3Schema: { type: 'object' } };
    const names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' };
    const definition = {
      metadata: { name: 'gadgets.example.com' },
      spec: {
        group: 'example.com',
        scope: 'Namespaced',
        names,
        versions: [{ name: 'v1', served: true, storage: true, schema }],
      },
    };
    expect((await api.post(definitions, definition)).code).toBe(201);
    await eventually(async () => expect((await api.get(`${apiServices}/v1.example.com`)).code).toBe(200));
    await api.delete(`${definitions}/gadgets.example.com`);
    await eventually(async () => expect((await api.get(`${apiServices}/v1.example.com`)).code).toBe(404));
  });

  it('find out whom to believe', async () => {
    const { body } = await api.get('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication');
    const { caFile } = await server.pki.frontProxy();
    expect(body.data).toMatchObject({
      'client-ca-file': readFileSync(server.caFile, 'utf8'),
      'requestheader-client-ca-file': readFileSync(caFile, 'utf8'),
      'requestheader-allowed-names': '["front-proxy-client"]',
      'requestheader-username-headers': '["X-Remote-User"]',
    });
  });
});
