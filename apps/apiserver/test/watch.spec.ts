import { ApiClient, startApiServer, type TestApiServer } from '@nestor/testing';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';

describe('watch over HTTPS', () => {
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

  it('resumes from a revision without missing or repeating a change', async () => {
    const start = (await api.get(maps)).body.metadata.resourceVersion;
    await api.post(maps, configMap('w1'));
    await api.patch(`${maps}/w1`, 'merge', { data: { a: '2' } });
    const seen = await api.watch(`${maps}?watch=1&resourceVersion=${start}`, (lines) => lines.length > 0);
    const first = seen.slice(0, 1);
    const resumed = api.watch(
      `${maps}?watch=1&resourceVersion=${first[0]?.object.metadata.resourceVersion}`,
      (lines) => lines.length === 2,
    );
    await api.delete(`${maps}/w1`);
    const lines = [...first, ...(await resumed)];
    expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
    const revisions = lines.map(({ object }) => Number(object.metadata.resourceVersion));
    expect([...revisions].sort((a, b) => a - b)).toEqual(revisions);
  });

  it('ends the initial events with a bookmark', async () => {
    await api.post(maps, configMap('w2'));
    const lines = await api.watch(
      `${maps}?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
      (seen) => seen.some(({ type }) => type === 'BOOKMARK'),
    );
    expect(lines.at(-1)?.object.metadata.annotations).toEqual({ 'k8s.io/initial-events-end': 'true' });
    expect(lines.slice(0, -1).map(({ object }) => object.metadata.name)).toContain('w2');
  });

  it('turns leaving and entering a selector into DELETED and ADDED', async () => {
    const start = (await api.get(maps)).body.metadata.resourceVersion;
    await api.post(maps, { ...configMap('w3'), metadata: { name: 'w3', labels: { on: 'yes' } } });
    await api.patch(`${maps}/w3`, 'merge', { metadata: { labels: { on: 'no' } } });
    await api.patch(`${maps}/w3`, 'merge', { metadata: { labels: { on: 'yes' } } });
    const lines = await api.watch(
      `${maps}?watch=1&labelSelector=on%3Dyes&resourceVersion=${start}`,
      (seen) => seen.length === 3,
    );
    expect(lines.map(({ type }) => type)).toEqual(['ADDED', 'DELETED', 'ADDED']);
  });

  it.each([
    ['a field selector', (name: string) => `/api/v1/namespaces?watch=1&fieldSelector=metadata.name%3D${name}`],
    ['the deprecated path', (name: string) => `/api/v1/watch/namespaces/${name}?`],
  ])('shows one namespace and no other by %s', async (what, pathOf) => {
    const name = what.replaceAll(' ', '-');
    const namespace = (of: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: of } });
    const start = (await api.get('/api/v1/namespaces')).body.metadata.resourceVersion;
    await api.post('/api/v1/namespaces', namespace(`${name}-other`));
    await api.post('/api/v1/namespaces', namespace(name));
    await api.patch(`/api/v1/namespaces/${name}`, 'merge', { metadata: { labels: { a: 'b' } } });
    const lines = await api.watch(`${pathOf(name)}&resourceVersion=${start}`, (seen) => seen.length === 2);
    expect(lines.map(({ type, object }) => `${type} ${object.metadata.name}`)).toEqual([
      `ADDED ${name}`,
      `MODIFIED ${name}`,
    ]);
  });

  it('answers the object where a watch is asked of a name', async () => {
    await api.post(maps, configMap('named'));
    expect((await api.get(`${maps}/named?watch=1&timeoutSeconds=1`)).body.kind).toBe('ConfigMap');
  });

  it('ends after timeoutSeconds', async () => {
    const start = (await api.get(maps)).body.metadata.resourceVersion;
    expect(await api.watch(`${maps}?watch=1&timeoutSeconds=1&resourceVersion=${start}`, () => false)).toEqual([]);
  });

  it('streams tables to kubectl get -w', async () => {
    const start = (await api.get(maps)).body.metadata.resourceVersion;
    await api.post(maps, configMap('w4'));
    const { body } = await api.get(`${maps}?fieldSelector=metadata.name%3Dw4`, {
      accept: 'application/json;as=Table;v=v1;g=meta.k8s.io',
    });
    expect(body['rows'][0].object.kind).toBe('PartialObjectMetadata');
    expect(start).toBeDefined();
  });

  it('ends all watches when it shuts down and holds what it had when it is back', async () => {
    const start = (await api.get(maps)).body.metadata.resourceVersion;
    const ending = api.watch(`${maps}?watch=1&resourceVersion=${start}`, () => false);
    await server.kill();
    await ending.catch(() => undefined);
    await server.restart();
    const after = await api.get(`${maps}/w2`);
    expect(after.code).toBe(200);
    await api.post(maps, configMap('w5'));
    const lines = await api.watch(`${maps}?watch=1&resourceVersion=${start}`, (seen) => seen.length === 1);
    expect(lines[0]?.object.metadata.name).toBe('w5');
  });
});
