import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { Client, type ClientConfig } from 'pg';
import { createClusterPki, renewCertificate, type ClusterPki } from '@nestor/pki';
import { PostgresServer, type Login } from '@nestor/postgres-server';
import { openTruthStore, prepareDatabase, type WriteOperation } from '@nestor/store';
import { ApiClient, eventually, startApiServer, temporaryDirectory, type TestApiServer } from '@nestor/testing';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';
const events = '/api/v1/namespaces/default/events';
const login: Login = { role: 'nestor_apiserver', password: 'a password of the test' };
const encoded: Login = { ...login, password: encodeURIComponent(login.password) };

jest.setTimeout(120_000);

describe('Postgres by TLS, as a role of few rights', () => {
  const directory = temporaryDirectory('role');
  let pki: ClusterPki;
  let postgres: PostgresServer;
  let server: TestApiServer | undefined;
  let serverUrl: string;

  beforeAll(async () => {
    pki = await createClusterPki({ directory: join(directory.path, 'pki') });
    postgres = await PostgresServer.start({ directory: join(directory.path, 'pg'), tls: await pki.postgres() });
    serverUrl = postgres.tcpUrl('nestor', encoded);
    await prepareDatabase({ adminUrl: await postgres.createDatabase('nestor'), serverUrl });
  });
  afterAll(async () => {
    await server?.stop();
    await postgres?.stop();
    directory.remove();
  });

  async function connected<T>(config: ClientConfig, work: (client: Client) => Promise<T>): Promise<T> {
    const client = new Client(config);
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  const query = (connectionString: string, sql: string) =>
    connected({ connectionString }, async (client) => (await client.query<Record<string, unknown>>(sql)).rows);
  const asAdmin = (sql: string, database = 'nestor') => query(postgres.url(database), sql);

  it('serves: writes, watches, lets events go, compacts, and comes back', async () => {
    const short = ['--event-ttl=2', '--history-seconds=1', '--history-revisions=10'];
    const narrow = ['--history-partition-revisions=50', '--history-compaction-seconds=1'];
    server = await startApiServer({ database: serverUrl, pki, args: [...short, ...narrow] });
    const api = await ApiClient.of(server);
    const { body } = await api.get(`${maps}?limit=1`);
    const watched = api.watch(`${maps}?watch=1&resourceVersion=${body.metadata.resourceVersion}`, (lines) =>
      lines.some(({ object }) => object.metadata.name === 'map-199'),
    );
    const involvedObject = { kind: 'ConfigMap', namespace: 'default', name: 'map-0' };
    const event = { kind: 'Event', apiVersion: 'v1', metadata: { name: 'short' }, involvedObject, reason: 'Test' };
    expect((await api.post(events, event)).code).toBe(201);
    for (let n = 0; n < 200; n++) expect((await api.post(maps, configMap(`map-${n}`))).code).toBe(201);
    expect(await watched).toHaveLength(200);

    await eventually(async () => expect((await api.get(`${events}/short`)).code).toBe(404), { timeoutMs: 60_000 });
    await eventually(
      async () => expect(await asAdmin(`SELECT to_regclass('change_0') AS there`)).toEqual([{ there: null }]),
      {
        timeoutMs: 60_000,
      },
    );
    expect(await asAdmin(`SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`)).toEqual([
      { tableowner: 'nestor_owner' },
    ]);
    expect(
      await asAdmin(`SELECT DISTINCT usename, ssl FROM pg_stat_activity JOIN pg_stat_ssl USING (pid)
                     WHERE application_name LIKE 'nestor-%' AND datname = 'nestor'`),
    ).toEqual([{ usename: 'nestor_apiserver', ssl: true }]);

    await server.kill();
    await server.restart();
    const again = await ApiClient.of(server);
    expect((await again.get(maps)).body['items']).toHaveLength(200);
    expect((await again.post(maps, configMap('after'))).code).toBe(201);
    api.close();
    again.close();
  });

  it.each([
    ['CREATE TABLE mine (n int)', /permission denied for schema public/],
    ['CREATE TEMP TABLE mine (n int)', /permission denied to create temporary tables/],
    ['CREATE ROLE another', /permission denied to create role/],
    ['CREATE DATABASE another', /permission denied to create database/],
    ['ALTER ROLE nestor_apiserver SUPERUSER', /permission denied to alter role/],
    ['SET ROLE nestor_owner', /permission denied to set role/],
    ['SELECT * FROM pg_authid', /permission denied for table pg_authid/],
    [`SELECT pg_read_file('/etc/passwd')`, /permission denied for function pg_read_file/],
    [`COPY object TO PROGRAM 'cat'`, /permission denied to COPY/],
    ['DELETE FROM change', /permission denied for table change/],
    [`UPDATE change SET body = ''`, /permission denied for table change/],
    ['TRUNCATE object', /permission denied for table object/],
    ['DROP TABLE object', /must be owner of table object/],
    ['ALTER TABLE change DETACH PARTITION change_100', /must be owner of table/],
    [
      'CREATE OR REPLACE VIEW current_revision AS SELECT 1::bigint AS value',
      /permission denied for schema|must be owner/,
    ],
    ['SELECT make_change_partition(7, 8)', /does not go on from 7 to 8/],
  ])('may not: %s', async (sql, refusal) => {
    await expect(query(serverUrl, sql)).rejects.toThrow(refusal);
  });

  it('reaches no other database, by no other way', async () => {
    const over = (database: string, who: Login) => query(postgres.tcpUrl(database, who), 'SELECT 1');
    await expect(over('postgres', encoded)).rejects.toThrow(/permission denied for database "postgres"/);
    await expect(over('nestor', { ...login, password: 'wrong' })).rejects.toThrow(/password authentication failed/);
    await expect(over('nestor', { role: 'nestor_owner', password: 'any' })).rejects.toThrow(/authentication failed/);
    // The superuser comes by the socket alone.
    await expect(over('nestor', { role: 'nestor', password: 'any' })).rejects.toThrow(/pg_hba.conf rejects connection/);
  });

  it('refuses plain TCP and old TLS, and is refused where its authority is not the one expected', async () => {
    const plain = serverUrl.replace(/\?.*/, '');
    await expect(query(plain, 'SELECT 1')).rejects.toThrow(/pg_hba.conf rejects connection .* no encryption/);
    const old = {
      connectionString: plain,
      ssl: { rejectUnauthorized: false, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' },
    } as const;
    await expect(connected(old, () => Promise.resolve())).rejects.toThrow(/protocol|alert|version/i);
    // The cluster's own authority is a stranger here: it signs for kubelets, too.
    const stranger = `${plain}?sslmode=verify-full&sslrootcert=${pki.caFile}`;
    await expect(query(stranger, 'SELECT 1')).rejects.toThrow(/unable to (verify|get)|self-signed/);
    await expect(startApiServer({ database: stranger, pki })).rejects.toThrow(/unable to (verify|get)|self-signed/);
  });

  it('keeps keys, rules and socket to the server’s user', () => {
    const modes = ['access', 'access/server.key', 'access/server.crt', 'access/pg_hba.conf', 'socket'].map(
      (name) => statSync(join(directory.path, 'pg', name)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o600, 0o600, 0o600, 0o700]);
  });

  it('takes up a renewed certificate without ending a connection', async () => {
    const serial = (client: Client) =>
      (client as unknown as { connection: { stream: TLSSocket } }).connection.stream.getPeerCertificate().serialNumber;
    await connected({ connectionString: serverUrl }, async (before) => {
      await renewCertificate(pki.directory, 'postgres');
      postgres.reloadCertificate();
      await eventually(async () => {
        const after = await connected({ connectionString: serverUrl }, (client) => Promise.resolve(serial(client)));
        expect(after).not.toBe(serial(before));
      });
      expect((await before.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    });
  });

  it('comes by TLS, verified, where the path is too long for a socket; no superuser is needed', async () => {
    const deep = join(directory.path, 'a-folder-of-a-long-name-'.repeat(4), 'pg');
    const other = await PostgresServer.start({ directory: deep, tls: await pki.postgres() });
    try {
      expect(other.url()).toMatch(/@127\.0\.0\.1:\d+\/postgres\?sslmode=verify-full&/);
      expect(await query(await other.createDatabase('nestor'), 'SELECT current_user AS me')).toEqual([
        { me: 'nestor' },
      ]);
      expect(await query(other.url(), 'SHOW unix_socket_directories')).toEqual([{ unix_socket_directories: '' }]);

      // As managed services have it: an administrator who may make roles and owns the database, and no superuser.
      const managed: Login = { role: 'managed', password: 'managed' };
      await query(other.url(), `CREATE ROLE managed LOGIN CREATEROLE PASSWORD 'managed'`);
      await query(other.url(), 'CREATE DATABASE cloud OWNER managed');
      const preparation = { adminUrl: other.url('cloud', managed), serverUrl: other.url('cloud', encoded) };
      for (let run = 0; run < 2; run++) await prepareDatabase(preparation);
      const store = await openTruthStore({ url: preparation.serverUrl });
      expect(await store.currentRevision()).toBe(1);
      await store.close();
      await expect(query(preparation.serverUrl, 'CREATE TABLE mine (n int)')).rejects.toThrow(/permission denied/);
      await expect(prepareDatabase({ ...preparation, serverUrl: preparation.adminUrl })).rejects.toThrow(
        'the API server is not to be managed, who prepares the database',
      );
    } finally {
      await other.stop();
    }
  });

  it('is told what to do where the schema is not there and its role may not make it', async () => {
    await postgres.createDatabase('empty');
    await expect(startApiServer({ database: postgres.tcpUrl('empty', encoded), pki })).rejects.toThrow(
      /the schema of database empty is not that of this version .* role nestor_apiserver may not change it: run prepare-database first/,
    );
  });

  it('takes a database over in which one role did everything', async () => {
    const adminUrl = await postgres.createDatabase('grown');
    const operation: WriteOperation = {
      type: 'create',
      resource: 'pods',
      namespace: 'default',
      name: 'kept',
      uid: 'uid',
      body: Buffer.from('{}'),
    };
    const partitions = { width: 20, ahead: 1 };
    const before = await openTruthStore({ url: adminUrl, partitions });
    expect(await before.write(operation)).toMatchObject({ ok: true });
    await before.close();

    const url = postgres.url('grown', encoded);
    await Promise.all([1, 2].map(() => prepareDatabase({ adminUrl, serverUrl: url })));
    const after = await openTruthStore({ url, partitions });
    expect(await after.write(operation)).toMatchObject({ ok: false, reason: 'exists' });
    for (let n = 0; n < 700; n++) await after.write({ ...operation, name: `n-${n}` });
    expect(await after.compact({ keepRevisions: 10, olderThanMs: 0 })).toBeGreaterThan(600);
    await after.close();
    expect(await asAdmin(`SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'`, 'grown')).toEqual([
      { tableowner: 'nestor_owner' },
    ]);
  });
});
