import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startApiServer, startTestPostgres, temporaryDirectory, repositoryRoot } from '@nestor/testing';
import { Client } from 'pg';

jest.setTimeout(180_000);

/** What goes to Postgres in a first start: the schema, partitions of the change log, commits. */
const steps = /CREATE TABLE|make_change_partition|write_batch/;

/** The API server, killed as it sends the last of so many steps. */
function programKilledAt(file: string, count: number): string {
  const main = join(repositoryRoot(), 'apps', 'apiserver', 'dist', 'main.js');
  const text = `
    const { Socket } = require('node:net');
    const { write } = Socket.prototype;
    let left = ${count};
    Socket.prototype.write = function (data, ...more) {
      const sent = write.call(this, data, ...more);
      if (${steps}.test(Buffer.from(data).toString('latin1')) && --left === 0) process.kill(process.pid, 'SIGKILL');
      return sent;
    };
    require(${JSON.stringify(main)});`;
  writeFileSync(file, text);
  return file;
}

/** All that is stored but what has the name of the one server that made it. */
async function stored(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ place: string }>(
      `SELECT resource || '/' || namespace || '/' || name AS place FROM object
       WHERE resource NOT IN ('leases.coordination.k8s.io', 'events') ORDER BY 1`,
    );
    return rows.map(({ place }) => place);
  } finally {
    await client.end();
  }
}

describe('a first start that is broken off by kill -9', () => {
  const directory = temporaryDirectory('first-start');
  afterAll(() => directory.remove());

  it('is made good by the next start, wherever it was', async () => {
    const whole = await startApiServer();
    const { pki } = whole;
    const expected = await stored(whole.databaseUrl);
    expect(expected.length).toBeGreaterThan(100);
    for (const count of [1, 2, 5, 6, 8, 10, 12]) {
      const database = await startTestPostgres();
      const main = programKilledAt(join(directory.path, `killed-at-${count}.js`), count);
      await expect(startApiServer({ database: database.url, pki, main })).rejects.toThrow('the API server ended');
      const server = await startApiServer({ database: database.url, pki });
      expect([count, await stored(database.url)]).toEqual([count, expected]);
      await server.stop();
      await database.stop();
    }
    await whole.stop();
  });
});
