import { Client } from 'pg';

/** Revisions from a sequence, taken before the lock: a batch with the smaller numbers may commit later. */
export async function plantBareSequence(databaseUrl: string): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ text: string }>(`SELECT pg_get_functiondef('write_batch'::regproc) AS text`);
    const planted = [
      ['SELECT r.compacted INTO STRICT v_compacted FROM revision r FOR UPDATE;', 'v_compacted := 0;'],
      [
        'SELECT c.value INTO STRICT v_first FROM current_revision c;',
        `v_first := nextval('planted_revision') * 200; PERFORM pg_sleep(random() * 0.02);`,
      ],
      [
        'PERFORM advance_revision(v_first, v_revision);',
        'UPDATE revision_head SET value = greatest(value, v_revision);',
      ],
    ].reduce((text, [right, wrong]) => {
      if (!text.includes(right!)) throw new Error(`write_batch has changed: it does not say ${right}`);
      return text.replace(right!, wrong!);
    }, rows[0]!.text);
    await client.query('CREATE SEQUENCE planted_revision START WITH 10');
    await client.query(planted);
  } finally {
    await client.end();
  }
}
