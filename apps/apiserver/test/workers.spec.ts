import { readFileSync } from 'node:fs';
import { ApiClient, eventually, startApiServer, type TestApiServer } from '@nestor/testing';
import { configMap } from './objects';

const maps = '/api/v1/namespaces/default/configmaps';

/** The children of a process, from /proc. */
function workersOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

describe('an API server with workers', () => {
  let server: TestApiServer;
  beforeAll(async () => {
    server = await startApiServer({ args: ['--workers=2'] });
  });
  afterAll(() => server?.stop());

  it('shares one port, and reads on each what another has acknowledged', async () => {
    expect(workersOf(server.pid())).toHaveLength(2);
    for (let round = 0; round < 10; round++) {
      // A connection each, so that they go to one worker after the other.
      const [writer, reader] = await Promise.all([ApiClient.of(server), ApiClient.of(server)]);
      expect((await writer.post(maps, configMap(`m-${round}`))).code).toBe(201);
      expect((await reader.get(`${maps}/m-${round}`)).code).toBe(200);
      writer.close();
      reader.close();
    }
  });

  it('replaces a worker that was killed', async () => {
    const [killed] = workersOf(server.pid());
    process.kill(killed!, 'SIGKILL');
    await eventually(() => {
      const now = workersOf(server.pid());
      expect(now).toHaveLength(2);
      expect(now).not.toContain(killed);
    });
    const client = await ApiClient.of(server);
    expect((await client.get(`${maps}/m-0`)).code).toBe(200);
    client.close();
  });

  it('leaves no worker behind', async () => {
    const workers = workersOf(server.pid());
    await server.stop();
    for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('ends its workers even when it is killed', async () => {
    const other = await startApiServer({ args: ['--workers=2'] });
    const workers = workersOf(other.pid());
    await other.kill();
    await eventually(() => {
      for (const pid of workers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });
    await other.stop();
  });
});
