import { request } from 'node:https';
import { gunzipSync } from 'node:zlib';
import { readFileSync } from 'node:fs';
import type { ApiObject } from '@nestor/api';
import { clusterIdentities } from '@nestor/pki';
import { ApiClient, startApiServer, type TestApiServer } from '@nestor/testing';
import { parse } from 'yaml';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';
const asTable = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';
const asMetadata = 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io';

describe('long lists', () => {
  let server: TestApiServer;
  let api: ApiClient;
  let credentials: { ca: Buffer; cert: Buffer; key: Buffer };

  /** The answer as it came over the wire. */
  const raw = (path: string, headers: Record<string, string>) =>
    new Promise<{ headers: Record<string, unknown>; body: Buffer }>((resolve, reject) => {
      request(`${server.url}${path}`, { ...credentials, headers, agent: false }, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
      })
        .on('error', reject)
        .end();
    });

  beforeAll(async () => {
    server = await startApiServer();
    api = await ApiClient.of(server);
    const { certificateFile, keyFile } = await server.pki.client(clusterIdentities.admin);
    credentials = {
      ca: readFileSync(server.caFile),
      cert: readFileSync(certificateFile),
      key: readFileSync(keyFile),
    };
    const text = `${'é'.repeat(700)}\nsecond line\n\n  indented`;
    await Promise.all(
      Array.from({ length: 1200 }, (_, n) =>
        api.post(maps, {
          ...configMap(`map-${String(n).padStart(4, '0')}`, { text, n: String(n) }),
          metadata: { name: `map-${String(n).padStart(4, '0')}`, labels: { tenth: String(n % 10) } },
        }),
      ),
    );
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
  });

  it.each([
    ['objects', 'application/json'],
    ['a Table', asTable],
    ['metadata', asMetadata],
  ])('are compressed when asked for, as %s, and are the same', async (_what, accept) => {
    const plain = await raw(maps, { accept });
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.headers['content-length']).toBe(String(plain.body.length));
    expect(plain.body.length).toBeGreaterThan(512 * 1024);
    const zipped = await raw(maps, { accept, 'accept-encoding': 'deflate, gzip' });
    expect(zipped.headers).toMatchObject({
      'content-encoding': 'gzip',
      vary: 'Accept-Encoding',
      'content-type': 'application/json',
    });
    expect(zipped.body.length).toBeLessThan(plain.body.length / 4);
    expect(withoutAge(gunzipSync(zipped.body))).toEqual(withoutAge(plain.body));
  });

  it.each([
    ['a client that does not ask', `${maps}?limit=1000`, {}],
    ['a client that refuses gzip', maps, { 'accept-encoding': 'gzip;q=0, identity' }],
    ['a list of up to 128 KiB', `${maps}?limit=50`, { 'accept-encoding': 'gzip' }],
    ['a watch', `${maps}?watch=1&timeoutSeconds=1`, { 'accept-encoding': 'gzip' }],
  ])('are not compressed for %s', async (_who, path, headers) => {
    const answer = await raw(path, headers);
    expect(answer.headers['content-encoding']).toBeUndefined();
    expect(answer.body.length).toBeGreaterThan(50_000);
  });

  it('are the same in every syntax', async () => {
    const { body } = await api.get(maps);
    expect(body['items']).toHaveLength(1200);
    const pretty = await api.get(`${maps}?pretty=true`);
    expect(pretty.text).toBe(`${JSON.stringify(body, null, 2)}\n`);
    const page = await api.get(`${maps}?limit=20`);
    const yaml = await api.get(`${maps}?limit=20`, { accept: 'application/yaml' });
    expect(parse(yaml.text)).toEqual(page.body);
  });

  it('are well formed with nothing in them', async () => {
    const none = `${maps}?labelSelector=tenth%3Dnone`;
    const { body } = await api.get(none);
    expect(body).toMatchObject({ kind: 'ConfigMapList', items: [] });
    expect((await api.get(`${none}&pretty=true`)).text).toBe(`${JSON.stringify(body, null, 2)}\n`);
    expect(parse((await api.get(none, { accept: 'application/yaml' })).text)).toEqual(body);
    expect((await api.get(none, { accept: asTable })).body).toMatchObject({ kind: 'Table', rows: [] });
  });

  it('hold what selectors choose, the first time and after changes', async () => {
    const chosen = async (selector: string): Promise<number> =>
      ((await api.get(`${maps}?labelSelector=${encodeURIComponent(selector)}`)).body['items'] as ApiObject[]).length;
    expect(await chosen('tenth=3')).toBe(120);
    expect(await chosen('tenth!=3')).toBe(1080);
    await api.patch(`${maps}/map-0003`, 'merge', { metadata: { labels: { tenth: '4' } } });
    expect(await chosen('tenth=3')).toBe(119);
    expect(await chosen('tenth=4')).toBe(121);
  });
});

/** Rows tell the age, which may have grown between two answers. */
/** Nor the revision that it was read at: the server's own writes go on. */
function withoutAge(body: Buffer): unknown {
  const value = JSON.parse(body.toString('utf8')) as {
    metadata: { resourceVersion?: string };
    rows?: { cells: unknown[] }[];
  };
  delete value.metadata.resourceVersion;
  for (const row of value.rows ?? []) row.cells.pop();
  return value;
}
