import { startReplicatedPostgres, startTcpProxy, type ReplicatedPostgres, type TcpProxy } from '@nestor/testing';
import { openTruthStore, type TruthStore, type WriteOperation } from '../src';

jest.setTimeout(120_000);

const create = (name: string): WriteOperation => ({
  type: 'create',
  resource: 'pods',
  namespace: '',
  name,
  uid: name,
  body: Buffer.from('{}'),
});
const quick = { groupCommit: { patienceMs: 500 }, tickMs: 100 };

describe('a store whose address leads to another server', () => {
  let postgres: ReplicatedPostgres;
  let proxy: TcpProxy;
  const stores: TruthStore[] = [];
  const open = async (url: string) => {
    const store = await openTruthStore({ url, ...quick });
    stores.push(store);
    return store;
  };
  beforeAll(async () => {
    postgres = await startReplicatedPostgres('nestor');
    proxy = await startTcpProxy({ port: postgres.primary.port });
  });
  afterAll(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await proxy?.stop();
    await postgres?.stop();
  });

  it('neither reads nor writes on a standby, goes on when it is promoted, and never back', async () => {
    const { primary, standby } = postgres;
    const direct = primary.url('nestor');
    const byAddress = await open(direct.replace(`:${primary.port}/`, `:${proxy.port}/`));
    const hosts = `127.0.0.1:${primary.port},127.0.0.1:${standby.port}/nestor?target_session_attrs=read-write`;
    const byHosts = await open(direct.replace(/127.*$/, hosts));
    await byHosts.write(create('before'));

    // It has the next commit, but does not show it yet.
    await postgres.sql(standby, 'SELECT pg_wal_replay_pause()');
    expect(await byAddress.write(create('unseen'))).toMatchObject({ ok: true });
    const newest = await byAddress.currentRevision();
    await primary.kill();
    proxy.retarget(standby.port);
    for (const store of [byAddress, byHosts]) {
      await expect(store.currentRevision()).rejects.toMatchObject({ code: 503 });
      await expect(store.currentRevision()).rejects.toMatchObject({ code: 503 });
      await expect(store.changes(newest - 1, 10)).rejects.toMatchObject({ code: 503 });
      await expect(store.write(create('refused'))).rejects.toMatchObject({ code: 503 });
      await expect(store.ping()).rejects.toMatchObject({ code: 503 });
    }
    await expect(byAddress.currentRevision()).rejects.toThrow('standby');

    await postgres.sql(standby, 'SELECT pg_wal_replay_resume()');
    await postgres.promote();
    for (const store of [byAddress, byHosts]) {
      // Hosts are tried in turn, one at each connection.
      const current = () => store.currentRevision().catch(() => store.currentRevision());
      expect(await current()).toBeGreaterThanOrEqual(newest);
      const names = (await store.snapshot('pods')).objects.map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(['before', 'unseen']));
      expect(names).not.toContain('refused');
    }
    const late = await open(direct.replace(/127.*$/, hosts));
    expect(await late.write(create('late'))).toMatchObject({ ok: true });

    // The old primary comes back and does not know: the address leads there again.
    await postgres.restartPrimary();
    proxy.retarget(postgres.primary.port);
    proxy.cut();
    await expect(byAddress.currentRevision()).rejects.toMatchObject({ code: 503 });
    await expect(byAddress.write(create('lost'))).rejects.toMatchObject({ code: 503 });
    await expect(byAddress.currentRevision()).rejects.toThrow('another was promoted since');
  });
});
