import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { PostgresServer } from '@nestor/postgres-server';
import {
  ApiClient,
  describeWhen,
  eventually,
  missingTools,
  startApiServer,
  temporaryDirectory,
  type TestApiServer,
} from '@nestor/testing';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';

function canMount(): boolean {
  if (process.getuid?.() !== 0 || missingTools('mount', 'umount').length > 0) return false;
  const probe = temporaryDirectory('mount');
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', probe.path], { stdio: 'ignore' });
    execFileSync('umount', [probe.path]);
    return true;
  } catch {
    // A container without the right to.
    return false;
  } finally {
    probe.remove();
  }
}

/** Takes what is free, to the last page. */
function fill(file: string): void {
  const out = openSync(file, 'w');
  try {
    for (let size = 1 << 20; size >= 4096; size /= 2) {
      try {
        for (const piece = Buffer.alloc(size, 1); ;) writeSync(out, piece);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      }
    }
  } finally {
    closeSync(out);
  }
}

describeWhen(canMount(), 'a disk that is full takes root and mount')('while the disk of Postgres is full', () => {
  const directory = temporaryDirectory('disk-full');
  const filler = join(directory.path, 'filler');
  let postgres: PostgresServer;
  let ended = false;
  let server: TestApiServer;
  let api: ApiClient;
  const startPostgres = async () => {
    ended = false;
    postgres = await PostgresServer.start({ directory: directory.path });
    void postgres.exited.then(() => (ended = true));
  };

  beforeAll(async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=192m,mode=755', 'tmpfs', directory.path]);
    await startPostgres();
    server = await startApiServer({ database: await postgres.createDatabase('nestor') });
    api = await ApiClient.of(server);
  }, 120_000);
  afterAll(async () => {
    api?.close();
    await server?.stop();
    await postgres?.stop();
    execFileSync('umount', [directory.path]);
    directory.remove();
  });

  it('refuses writes and says why, loses nothing acknowledged, reads on, and heals when there is room', async () => {
    const acknowledged: string[] = [];
    let written = 0;
    // Bytes that do not compress.
    const write = async () => {
      const name = `fill-${written++}`;
      const answer = await api.post(maps, configMap(name, { bytes: randomBytes(100_000).toString('base64') }));
      if (answer.code === 201) acknowledged.push(name);
      return answer;
    };
    for (let count = 0; count < 10; count++) expect((await write()).code).toBe(201);
    fill(filler);
    let refused = await write();
    // Pages and log that were there already may still take some.
    for (let count = 0; refused.code === 201 && count < 500; count++) refused = await write();
    expect(refused.body).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    expect(refused.headers['retry-after']).toBeDefined();
    if (!ended) expect(refused.body['message']).toMatch(/No space left on device|recovery mode|not available/);
    expect((await api.get(`${maps}/${acknowledged[0]}?resourceVersion=0`)).code).toBe(200);
    expect((await api.get('/livez')).code).toBe(200);

    rmSync(filler);
    // It cannot go on without its log and may have ended over that: then its supervisor starts it again.
    await eventually(
      async () => {
        if (ended) await startPostgres();
        expect((await write()).code).toBe(201);
      },
      { timeoutMs: 60_000 },
    );
    const { body } = await api.get(maps);
    const stored = new Set(body['items'].map(({ metadata }: any) => metadata.name));
    expect(acknowledged.filter((name) => !stored.has(name))).toEqual([]);
    await eventually(async () => expect((await api.get('/readyz')).code).toBe(200));
  }, 180_000);
});
