import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, repositoryRoot, startApiServer, type TestApiServer } from '@nestor/testing';

const isBuilt = existsSync(join(repositoryRoot(), 'apps/apiserver/dist/main.js'));
if (!isBuilt) console.warn('skipped: the API server is not built');

const maps = '/api/v1/namespaces/default/configmaps';
const quotas = '/api/v1/namespaces/default/resourcequotas';

(isBuilt ? describe : describe.skip)('a quota', () => {
  let servers: TestApiServer[];
  let clients: ApiClient[];

  beforeAll(async () => {
    const first = await startApiServer();
    servers = [first, await startApiServer({ database: first.databaseUrl, pki: first.pki })];
    clients = await Promise.all(servers.map((server) => ApiClient.of(server)));
  });
  afterAll(async () => {
    for (const client of clients ?? []) client.close();
    for (const server of [...(servers ?? [])].reverse()) await server.stop();
  });

  async function quota(name: string, hard: Record<string, string>): Promise<void> {
    expect((await clients[0]!.post(quotas, { metadata: { name }, spec: { hard } })).code).toBe(201);
    const used = Object.fromEntries(Object.keys(hard).map((resource) => [resource, '0']));
    expect((await clients[0]!.patch(`${quotas}/${name}/status`, 'merge', { status: { hard, used } })).code).toBe(200);
  }

  it('is neither passed nor left unused by many creates at two servers at once', async () => {
    await quota('maps', { 'count/configmaps': '20' });
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) => clients[index % 2]!.post(maps, { metadata: { name: `m-${index}` } })),
    );
    expect(answers.filter(({ code }) => code === 201)).toHaveLength(20);
    const [refused] = answers.filter(({ code }) => code !== 201);
    expect(refused).toMatchObject({ code: 403, body: { reason: 'Forbidden' } });
    expect(refused?.body['message']).toMatch(
      /^configmaps "m-\d+" is forbidden: exceeded quota: maps, requested: count\/configmaps=1, used: count\/configmaps=20, limited: count\/configmaps=20$/,
    );
    expect((await clients[0]!.get(maps)).body['items']).toHaveLength(20);
    expect((await clients[1]!.get(`${quotas}/maps`)).body['status']).toEqual({
      hard: { 'count/configmaps': '20' },
      used: { 'count/configmaps': '20' },
    });
  });

  it('is not charged for a dry run', async () => {
    await quota('secrets', { 'count/secrets': '1' });
    const secret = { metadata: { name: 's' } };
    expect((await clients[0]!.post('/api/v1/namespaces/default/secrets?dryRun=All', secret)).code).toBe(201);
    expect((await clients[1]!.post('/api/v1/namespaces/default/secrets', secret)).code).toBe(201);
    const { body } = await clients[0]!.post('/api/v1/namespaces/default/secrets', { metadata: { name: 't' } });
    expect(body['message']).toContain('exceeded quota: secrets');
  });
});
