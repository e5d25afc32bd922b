import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, kubectl, repositoryRoot, skipUnless, startApiServer, type TestApiServer } from '@nestor/testing';

const facts = process.env['NESTOR_FACTS'] ?? join(repositoryRoot(), '..', 'shared', 'facts');
const pathsFile = join(facts, 'paths.json');

describe('discovery, OpenAPI and health', () => {
  let server: TestApiServer;
  let api: ApiClient;

  beforeAll(async () => {
    server = await startApiServer();
    api = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
  });

  const run = async (...args: string[]): Promise<string> =>
    (await kubectl(args, { kubeconfig: server.adminKubeconfig })).stdout;

  it('lists the resources kubectl knows', async () => {
    const names = (await run('api-resources', '-o', 'name')).trim().split('\n');
    expect(names).toEqual(
      expect.arrayContaining(['pods', 'deployments.apps', 'customresourcedefinitions.apiextensions.k8s.io']),
    );
  });

  it('answers aggregated discovery, and 304 to whoever has it', async () => {
    const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
    const first = await api.get('/apis', { accept });
    expect(first.body.kind).toBe('APIGroupDiscoveryList');
    expect((await api.get('/apis', { accept, 'if-none-match': String(first.headers['etag']) })).code).toBe(304);
  });

  it('explains fields and validates with them', async () => {
    expect(await run('explain', 'deployment.spec.strategy')).toContain('rollingUpdate');
  });

  it('tells each check when asked to be verbose', async () => {
    const { text } = await api.get('/readyz?verbose');
    expect(text).toContain('[+]postgres ok');
    expect(text).toContain('readyz check passed');
    expect((await api.get('/readyz/postgres')).text).toBe('ok');
    expect((await api.get('/metrics')).text).toContain('apiserver_request_total');
  });

  it('answers 404 and 405 with a Status', async () => {
    expect((await api.get('/api/v1/nothings')).body).toMatchObject({ kind: 'Status', code: 404, reason: 'NotFound' });
    expect((await api.post('/api/v1/pods', {})).body).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
    expect(
      (await api.send('POST', '/api/v1/namespaces/default/configmaps', 'x', { 'content-type': 'text/plain' })).code,
    ).toBe(415);
  });

  (skipUnless(existsSync(pathsFile), `${pathsFile} is not there`) ? it : it.skip)(
    'offers every verb the real API has on the paths of its kinds',
    async () => {
      const offered = await offeredVerbs();
      const missing = Object.entries(JSON.parse(readFileSync(pathsFile, 'utf8')) as Facts).flatMap(
        ([path, { actions }]) => {
          const place = placeOf(path);
          const verbs = place && offered.get(place.resource);
          // A kind that is not served yet is another test's business; one that is must be whole.
          if (!place || !offered.has(place.main)) return [];
          return actions.filter((action) => !verbs?.includes(verbOf(action))).map((action) => `${action} ${path}`);
        },
      );
      expect(missing).toEqual([]);
    },
  );

  /** Verbs by "group/version plural/subresource". */
  async function offeredVerbs(): Promise<Map<string, string[]>> {
    const { body } = await api.get('/apis');
    const groupVersions = (body['groups'] as { versions: { groupVersion: string }[] }[]).flatMap(({ versions }) =>
      versions.map(({ groupVersion }) => groupVersion),
    );
    const lists = await Promise.all(
      ['/api/v1', ...groupVersions.map((one) => `/apis/${one}`)].map((path) => api.get(path)),
    );
    return new Map(
      lists.flatMap(({ body: list }) =>
        (list['resources'] as { name: string; verbs: string[] }[]).map(
          ({ name, verbs }) => [`${list['groupVersion']} ${name}`, verbs] as const,
        ),
      ),
    );
  }
});

type Facts = Record<string, { actions: string[] }>;
const verbNames: Readonly<Record<string, string>> = { post: 'create', put: 'update', connect: 'get' };
const verbOf = (action: string): string => verbNames[action] ?? action;

/** "/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale" -> "apps/v1 deployments/scale" */
function placeOf(path: string): { main: string; resource: string } | undefined {
  const match =
    /^\/api(?:s\/([^/]+))?\/([^/]+)(?:\/namespaces\/\{namespace\})?\/([^/{}]+)(?:\/\{name\}(?:\/([^/{}]+))?)?$/.exec(
      path,
    );
  if (!match) return undefined;
  const [, group, version, plural, part] = match;
  const main = `${group ? `${group}/` : ''}${version} ${plural}`;
  return { main, resource: part ? `${main}/${part}` : main };
}
