import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

/** The wanted port, else the one used last if it is free, else any; written down in the directory. */
export async function choosePort(directory: string, wanted: number | undefined): Promise<number> {
  const memory = join(directory, 'port');
  const last = existsSync(memory) ? Number(readFileSync(memory, 'utf8')) : 0;
  const port = wanted || (last && (await freePort(last))) || (await freePort(0));
  if (!port) throw new Error('no free port for Postgres');
  writeFileSync(memory, String(port));
  return port;
}

/** The port if it can be listened on, otherwise 0. */
function freePort(port: number): Promise<number> {
  return new Promise((done) => {
    const probe = createServer()
      .once('error', () => done(0))
      .listen(port, '127.0.0.1', () => {
        const { port: found } = probe.address() as AddressInfo;
        probe.close(() => done(found));
      });
  });
}
