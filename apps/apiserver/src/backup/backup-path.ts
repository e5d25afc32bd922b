import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { SnapshotPage, TruthStore } from '@nestor/store';
import type { Exchange } from '../http/exchange';
import { sendPageNotFound } from '../http/respond';
import { writeBackup } from './backup-format';

/** GET /nestor/backup: every object at one revision, Secrets included, to whom a rule on that path or all paths allows it. */
export function backupPath(store: TruthStore): (exchange: Exchange) => Promise<void> | undefined {
  return (exchange) => (exchange.info.path === '/nestor/backup' ? answer(store, exchange) : undefined);
}

async function answer(store: TruthStore, exchange: Exchange): Promise<void> {
  const { request, response } = exchange;
  if (request.method !== 'GET') {
    sendPageNotFound(exchange);
    return;
  }
  const pages = store.everything();
  // Before the first byte of the answer: whether there is one, and its revision.
  const first = await pages.next();
  if (first.done) throw new Error('the store gave no snapshot');
  response.setHeader('Content-Type', 'application/gzip');
  response.setHeader('Cache-Control', 'no-store');
  response.setHeader('Nestor-Revision', String(first.value.revision));
  const lines = writeBackup(from(first.value, pages), new Date().toISOString());
  await pipeline(Readable.from(lines), createGzip({ level: 3 }), response);
}

async function* from(first: SnapshotPage, rest: AsyncIterable<SnapshotPage>): AsyncGenerator<SnapshotPage> {
  yield first;
  yield* rest;
}
