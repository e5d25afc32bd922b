import { join } from 'node:path';
import type { ApiObject } from '@nestor/api';
import {
  ApiClient,
  eventually,
  kubectlPath,
  startApiServer,
  startProcess,
  startTestPostgres,
  type TestApiServer,
  type TestDatabase,
  type TestProcess,
} from '@nestor/testing';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';

describe('compaction of the history', () => {
  let database: TestDatabase;
  let server: TestApiServer;
  let api: ApiClient;
  const processes: TestProcess[] = [];
  const servers: TestApiServer[] = [];

  const startServer = async (revisions: number, seconds: number): Promise<TestApiServer> => {
    const retention = { revisions, seconds, 'partition-revisions': 20, 'compaction-seconds': 1 };
    const args = Object.entries(retention).map(([name, value]) => `--history-${name}=${value}`);
    const started = await startApiServer({ database: database.url, pki: server?.pki, args });
    servers.push(started);
    return started;
  };
  const newest = async (): Promise<number> => Number((await api.get(`${maps}?limit=1`)).body.metadata.resourceVersion);
  const churn = async (updates: number, client = api): Promise<void> => {
    for (let n = 0; n < updates; n++)
      await client.patch(`${maps}/churned`, 'merge', { data: { n: String(Math.random()) } });
  };
  /** Changes until nothing can be resumed from this revision any more. */
  const compactedAway = (revision: number, client = api): Promise<void> =>
    eventually(
      async () => {
        await churn(30, client);
        const [line] = await client.watch(`${maps}?watch=1&resourceVersion=${revision}`, (lines) => lines.length > 0);
        expect(line?.type).toBe('ERROR');
      },
      { timeoutMs: 60_000 },
    );

  beforeAll(async () => {
    database = await startTestPostgres();
    server = await startServer(30, 1);
    api = await ApiClient.of(server);
    for (const name of ['churned', 'kept', 'later', 'still']) await api.post(maps, configMap(name));
  }, 120_000);
  afterAll(async () => {
    for (const one of processes) await one.kill();
    api?.close();
    for (const one of servers) await one.stop();
    await database?.stop();
  });

  it('answers a watch from behind it with an ERROR event of 410 Expired, and one from within with what happened', async () => {
    const old = await newest();
    await compactedAway(old);
    const lines = await api.watch(`${maps}?watch=1&resourceVersion=${old}`, () => false);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      type: 'ERROR',
      object: {
        kind: 'Status',
        apiVersion: 'v1',
        status: 'Failure',
        reason: 'Expired',
        code: 410,
        message: expect.stringMatching(new RegExp(`^too old resource version: ${old} \\(\\d+\\)$`)),
      },
    });
    // As many revisions as are always kept.
    const within = await newest();
    await churn(25);
    const resumed = await api.watch(`${maps}?watch=1&resourceVersion=${within}`, (seen) => seen.length >= 25);
    expect(resumed.map(({ type }) => type)).toEqual(Array(25).fill('MODIFIED'));
  });

  it('answers a list at an exact revision behind it with 410, and one within as it was', async () => {
    const old = await newest();
    const before = (await api.get(`${maps}/churned`)).body;
    await churn(20);
    const exact = (revision: number) => api.get(`${maps}?resourceVersion=${revision}&resourceVersionMatch=Exact`);
    const then = (await exact(old)).body;
    expect(then.metadata.resourceVersion).toBe(String(old));
    const churned = then['items'].find(({ metadata }: ApiObject) => metadata.name === 'churned');
    expect([churned.metadata.resourceVersion, churned.data]).toEqual([before.metadata.resourceVersion, before['data']]);
    await compactedAway(old);
    expect(await exact(old)).toMatchObject({
      code: 410,
      body: { reason: 'Expired', message: 'The resourceVersion for the provided list is too old.' },
    });
  });

  it('answers a continue token behind it with 410 and a token for the rest as it is now', async () => {
    const first: any = (await api.get(`${maps}?limit=2`)).body;
    const rest = (token: string) => api.get(`${maps}?limit=10&continue=${encodeURIComponent(token)}`);
    const names = (body: any): string[] => body.items.map(({ metadata }: ApiObject) => metadata.name);
    expect(names(first)).toEqual(['churned', 'kept']);
    await api.delete(`${maps}/later`);
    // The list goes on as it was when it began.
    expect(names((await rest(first.metadata.continue)).body)).toEqual(['later', 'still']);

    await compactedAway(Number(first.metadata.resourceVersion));
    const { code, body }: { code: number; body: any } = await rest(first.metadata.continue);
    expect(code).toBe(410);
    expect(body).toMatchObject({
      kind: 'Status',
      reason: 'Expired',
      message: expect.stringMatching(
        /^The provided continue parameter is too old to display a consistent list result\./,
      ),
    });
    const inconsistent = await rest(body.metadata.continue);
    expect(inconsistent.code).toBe(200);
    expect(names(inconsistent.body)).toEqual(['still']);
  });

  it('keeps what is young, however many revisions follow', async () => {
    // Nobody else may compact by other rules.
    await server.kill();
    const patient = await startServer(10, 3600);
    const client = await ApiClient.of(patient);
    const from = Number((await client.get(maps)).body.metadata.resourceVersion);
    await churn(200, client);
    // Two rounds of compaction have looked at it.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const lines = await client.watch(`${maps}?watch=1&resourceVersion=${from}`, (seen) => seen.length >= 200);
    expect(lines.map(({ type }) => type)).toEqual(Array(200).fill('MODIFIED'));
    client.close();
    await patient.kill();
    await server.restart();
  });

  it('does not disturb a kubectl get --watch that is under way', async () => {
    const env = { KUBECONFIG: server.adminKubeconfig };
    const kubectl = startProcess(kubectlPath(), { args: ['get', 'configmaps', '--watch', '-o', 'name'], env });
    processes.push(kubectl);
    await eventually(() => expect(kubectl.output()).toContain('configmap/still'));
    const start = await newest();
    await compactedAway(start);
    await api.post(maps, configMap('seen-by-kubectl'));
    await eventually(() => expect(kubectl.output()).toContain('configmap/seen-by-kubectl'));
    expect(kubectl.child.exitCode).toBeNull();
  });

  it('makes an informer of client-node that fell behind list again', async () => {
    const follower = startProcess(process.execPath, {
      args: [join(__dirname, 'client-node-informer.mjs')],
      env: { KUBECONFIG: server.adminKubeconfig },
    });
    processes.push(follower);
    const state = () =>
      follower
        .output()
        .match(/^state .*$/gm)
        ?.at(-1);
    await eventually(() => expect(state()).toBe('state churned kept seen-by-kubectl still'), { timeoutMs: 60_000 });
    const behind = await newest();
    await server.kill();

    const other = await startServer(30, 1);
    const client = await ApiClient.of(other);
    await client.delete(`${maps}/kept`);
    await client.post(maps, configMap('made-meanwhile'));
    await compactedAway(behind, client);
    client.close();
    await server.restart();
    await eventually(() => expect(state()).toBe('state churned made-meanwhile seen-by-kubectl still'), {
      timeoutMs: 60_000,
    });
  }, 120_000);
});
