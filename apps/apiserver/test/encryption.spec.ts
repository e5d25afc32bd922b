import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { configMap } from './objects';

const secrets = '/api/v1/namespaces/default/secrets';
const hidden = 'this-must-not-be-found';
const secret = (name: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, annotations: { note: `${hidden}-note` } },
  stringData: { password: hidden },
});

describe('secrets at rest', () => {
  const directory = temporaryDirectory('encryption');
  const file = join(directory.path, 'encryption.yaml');
  const keys = { one: randomBytes(32).toString('base64'), two: randomBytes(32).toString('base64') };
  let server: TestApiServer;
  let admin: ApiClient;

  const configure = (...providers: string[]): void =>
    writeFileSync(
      file,
      `apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n- resources: [secrets, widgets.example.com]\n  providers: [${providers.join(', ')}]\n`,
    );
  const provider = (kind: string, ...names: (keyof typeof keys)[]): string =>
    `{${kind}: {keys: [${names.map((name) => `{name: ${name}, secret: ${keys[name]}}`).join(', ')}]}}`;

  beforeAll(async () => {
    configure(provider('secretbox', 'one'), '{identity: {}}');
    server = await startApiServer({
      args: [`--encryption-provider-config=${file}`, '--encryption-provider-config-automatic-reload'],
    });
    admin = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    admin?.close();
    await server?.stop();
    directory.remove();
  });

  async function query(sql: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: server.databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query(sql, values)).rows as Record<string, unknown>[];
    } finally {
      await client.end();
    }
  }
  const text = (value: unknown): string => (Buffer.isBuffer(value) ? value.toString('latin1') : JSON.stringify(value));
  /** Every row of every table. */
  async function dump(): Promise<string> {
    const tables = await query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'");
    const rows = await Promise.all(tables.map(({ tablename }) => query(`SELECT * FROM "${String(tablename)}"`)));
    return rows.flatMap((table) => table.flatMap((row) => Object.values(row).map(text))).join('\n');
  }
  const prefixes = async (): Promise<string[]> => {
    const rows = await query("SELECT body FROM object WHERE resource = 'secrets' ORDER BY name");
    return rows.map(({ body }) => /^(k8s:enc:\w+:v\d:\w+:|\{)/.exec(text(body))?.[1] ?? 'unknown');
  };

  it('are not to be found in a dump of Postgres, nor in its history', async () => {
    await admin.post(secrets, secret('a'));
    await admin.post(secrets, secret('gone'));
    await admin.patch(`${secrets}/a`, 'merge', { stringData: { other: hidden } });
    await admin.delete(`${secrets}/gone`);
    await admin.post('/api/v1/namespaces/default/configmaps', configMap('seen', { text: 'this-may-be-found' }));
    const everything = await dump();
    expect(everything).toContain('this-may-be-found');
    expect(everything).not.toContain(hidden);
    expect(everything).not.toContain(Buffer.from(hidden).toString('base64'));
    expect(await prefixes()).toEqual(['k8s:enc:secretbox:v1:one:']);
  });

  it('are read, listed and watched as ever, also after a restart', async () => {
    const password = Buffer.from(hidden).toString('base64');
    const before = await admin.get(`${secrets}/a`);
    expect(before.body['data']).toEqual({ password, other: password });
    await server.kill();
    await server.restart();
    expect((await admin.get(`${secrets}/a`)).text).toBe(before.text);
    const lines = await admin
      .watch(`${secrets}?watch=true&resourceVersion=1`, (found) => found.length >= 4)
      .catch(() => []);
    // The history may have been compacted meanwhile; where it was not, every event of it can be read.
    for (const { type, object } of lines)
      if (type !== 'ERROR') expect(object['data']?.password ?? password).toBe(password);
    expect((await admin.get(secrets)).body['items']).toHaveLength(1);
  });

  it('are encrypted anew with a new key when they are replaced, though nothing in them changes', async () => {
    await admin.post(secrets, secret('b'));
    configure(provider('aesgcm', 'two'), provider('secretbox', 'one'));
    await eventually(async () =>
      expect((await admin.get('/metrics')).text).toMatch(/automatic_reloads_total\{status="success"\} 1/),
    );
    for (const item of (await admin.get(secrets)).body['items'] as { metadata: { name: string } }[]) {
      const answer = await admin.put(`${secrets}/${item.metadata.name}`, { apiVersion: 'v1', kind: 'Secret', ...item });
      expect(answer.code).toBe(200);
    }
    expect(await prefixes()).toEqual(['k8s:enc:aesgcm:v1:two:', 'k8s:enc:aesgcm:v1:two:']);
    const { body } = await admin.get(`${secrets}/a`);
    const again = await admin.put(`${secrets}/a`, body);
    expect(again.body.metadata.resourceVersion).toBe(body.metadata.resourceVersion);
  });

  it('stay as they are when a new configuration is wrong', async () => {
    configure('{aesgcm: {keys: []}}');
    await eventually(async () =>
      expect((await admin.get('/metrics')).text).toMatch(/automatic_reloads_total\{status="failure"\} 1/),
    );
    expect((await admin.post(secrets, secret('c'))).code).toBe(201);
    expect((await prefixes()).at(-1)).toBe('k8s:enc:aesgcm:v1:two:');
  });

  it('cannot be put in the place of another', async () => {
    await server.kill();
    configure(provider('aesgcm', 'two'), provider('secretbox', 'one'));
    await query(
      "UPDATE object SET body = (SELECT body FROM object WHERE resource = 'secrets' AND name = 'a') WHERE resource = 'secrets' AND name = 'b'",
    );
    await expect(server.restart()).rejects.toThrow(/unable to transform key .*secrets.default.b/);
  });
});
