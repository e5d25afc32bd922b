import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClusterPki } from '@nestor/pki';
import { eventually, freePort, startProcess, temporaryDirectory } from '@nestor/testing';
import { load, send } from '../load';
import { clientOf } from '../target';

export interface EchoFloor {
  /** Requests per second of bare node:https for the same sizes with as many in flight. */
  perSecond(sizes: { sent: number; received: number; concurrency: number }): Promise<number>;
  stop(): Promise<void>;
}

export async function startEchoFloor(durationMs: number): Promise<EchoFloor> {
  const directory = temporaryDirectory('echo');
  const pki = await createClusterPki({ directory: join(directory.path, 'pki') });
  const { certificateFile, keyFile } = await pki.server('echo', ['127.0.0.1']);
  const port = await freePort();
  const main = join(__dirname, 'echo-server.js');
  const server = startProcess(process.execPath, { args: [main, String(port), certificateFile, keyFile] });
  const connection = { server: `https://127.0.0.1:${port}`, ca: readFileSync(pki.caFile, 'utf8'), namespace: '' };
  const known = new Map<string, number>();
  const probe = clientOf(connection, 1);
  await eventually(() => send(probe, { method: 'GET', path: '/1' }));
  await probe.close();
  return {
    async perSecond({ sent, received, concurrency }) {
      const key = `${sent} ${received} ${concurrency}`;
      const before = known.get(key);
      if (before !== undefined) return before;
      const client = clientOf(connection, concurrency);
      const body = sent > 0 ? 'x'.repeat(sent) : undefined;
      const request = { method: sent > 0 ? 'POST' : 'GET', path: `/${received}`, body } as const;
      const { perSecond } = await load(client, { workload: 'echo', concurrency, durationMs, next: () => request });
      await client.close();
      known.set(key, perSecond!);
      return perSecond!;
    },
    async stop() {
      await server.stop();
      directory.remove();
    },
  };
}
