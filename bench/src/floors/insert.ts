import { performance } from 'node:perf_hooks';
import { Client } from 'pg';

/** The floor for writes: rows per second of bare durable inserts in batches, one batch at a time, on one connection. */
export async function insertFloor(url: string, settings: { batch: number; durationMs: number; body: string }) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('CREATE TABLE bench_floor (id bigserial PRIMARY KEY, name text NOT NULL, body bytea NOT NULL)');
    const body = Buffer.from(settings.body);
    let rows = 0;
    const began = performance.now();
    while (performance.now() - began < settings.durationMs) {
      const names = Array.from({ length: settings.batch }, (_, n) => `row-${rows + n}`);
      await client.query({
        name: 'floor',
        text: 'INSERT INTO bench_floor (name, body) SELECT * FROM unnest($1::text[], $2::bytea[])',
        values: [names, names.map(() => body)],
      });
      rows += settings.batch;
    }
    return (rows * 1000) / (performance.now() - began);
  } finally {
    await client.query('DROP TABLE IF EXISTS bench_floor');
    await client.end();
  }
}
