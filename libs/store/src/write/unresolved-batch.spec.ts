import { Client } from 'pg';
import { eventually, startTcpProxy } from '@nestor/testing';
import { localPostgres } from '../../test/local-postgres';
import { openTruthStore } from '../postgres-truth-store';
import type { WriteOperation } from '../truth-store';

jest.setTimeout(120_000);

const create = (name: string): WriteOperation => ({
  type: 'create',
  resource: 'pods',
  namespace: '',
  name,
  uid: name,
  body: Buffer.from('{}'),
});

describe('a batch whose outcome is not known', () => {
  it('is still to be asked for when Postgres refuses to tell, and is not taken for the next one', async () => {
    const postgres = await localPostgres();
    const url = await postgres.createDatabase();
    const { port, pathname } = new URL(url);
    const proxy = await startTcpProxy({ port: Number(port) });
    const store = await openTruthStore({
      url: url.replace(`:${port}/`, `:${proxy.port}/`),
      groupCommit: { patienceMs: 1500 },
    });
    const admin = new Client({ connectionString: url });
    await admin.connect();
    const writersThatWait = async () => {
      // A transaction sees the activity as it was at its first look.
      await admin.query('SELECT pg_stat_clear_snapshot()');
      const { rows } = await admin.query<{ pid: number }>(
        `SELECT pid FROM pg_stat_activity WHERE application_name = 'nestor-writer' AND wait_event_type = 'Lock'`,
      );
      expect(rows).toHaveLength(1);
      return rows[0]!.pid;
    };
    const database = pathname.slice(1);
    try {
      await store.write(create('first'));
      // It commits, and its answer is lost.
      await admin.query('BEGIN; SELECT FROM revision FOR UPDATE');
      const unknown = store.write(create('unknown'));
      await eventually(writersThatWait);
      proxy.blackHole();
      await admin.query('COMMIT');
      await expect(unknown).rejects.toMatchObject({ code: 504 });

      // Postgres is back and takes no writes yet, as one does that is still being promoted.
      await admin.query(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
      await proxy.heal();
      await expect(store.write(create('refused'))).rejects.toMatchObject({ code: 503 });
      await admin.query(`ALTER DATABASE ${database} RESET default_transaction_read_only`);

      // The next batch is rolled back at its first attempt.
      await admin.query('BEGIN; SELECT FROM revision FOR UPDATE');
      const next = store.write(create('next'));
      const pid = await eventually(writersThatWait);
      await admin.query('SELECT pg_terminate_backend($1)', [pid]);
      await admin.query('COMMIT');
      const outcome = await next.catch(() => ({ ok: false }));
      const stored = (await store.snapshot('pods')).objects.map(({ name }) => name);
      expect([outcome.ok, stored]).toEqual([true, ['first', 'next', 'unknown']]);
    } finally {
      await admin.end();
      await proxy.stop();
      await store.close();
      await postgres.remove();
    }
  });
});
