import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '@nestor/postgres-server';
import { openTruthStore, type TruthStore, type TruthStoreOptions, type WriteOutcome } from '@nestor/store';

/** Real stores on a real Postgres. */
export class StoreFixture {
  private server: PostgresServer | undefined;
  private readonly directory = mkdtempSync(join(tmpdir(), 'nestor-watch-'));
  private readonly stores: TruthStore[] = [];
  private databases = 0;

  async start(): Promise<void> {
    this.server = await PostgresServer.start({ directory: this.directory, durable: false });
  }

  async stop(): Promise<void> {
    await this.closeStores();
    await this.server?.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async database(): Promise<string> {
    return (this.server as PostgresServer).createDatabase(`watch_${(this.databases += 1)}`);
  }

  async open(url: string, options: Partial<TruthStoreOptions> = {}): Promise<TruthStore> {
    const store = await openTruthStore({ url, ...options });
    this.stores.push(store);
    return store;
  }

  async closeStores(): Promise<void> {
    await Promise.all(this.stores.splice(0).map((store) => store.close()));
  }
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(what: () => boolean, timeoutMs = 15_000): Promise<void> {
  for (const end = Date.now() + timeoutMs; !what();) {
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}`);
    await sleep(5);
  }
}

/** Writes objects with a label, keeping track of their versions. */
export class ObjectWriter {
  readonly versions = new Map<string, number>();

  constructor(
    private readonly store: TruthStore,
    private readonly resource = 'pods',
  ) {}

  async put(namespace: string, name: string, color: string, extra: object = {}, store = this.store): Promise<number> {
    const key = `${namespace}/${name}`;
    const metadata = { name, namespace, labels: { color } };
    const body = Buffer.from(JSON.stringify({ kind: 'Pod', apiVersion: 'v1', metadata, ...extra }));
    const expected = this.versions.get(key);
    const target = { resource: this.resource, namespace, name, body };
    const outcome = await store.write(
      expected === undefined
        ? { ...target, type: 'create', uid: `uid-${namespace}-${name}` }
        : { ...target, type: 'update', expected },
    );
    this.versions.set(key, revisionOf(outcome));
    return revisionOf(outcome);
  }

  async remove(namespace: string, name: string, color: string, store = this.store): Promise<number> {
    const key = `${namespace}/${name}`;
    const metadata = { name, namespace, labels: { color } };
    const body = Buffer.from(JSON.stringify({ kind: 'Pod', apiVersion: 'v1', metadata }));
    const expected = this.versions.get(key) as number;
    const outcome = await store.write({ type: 'delete', resource: this.resource, namespace, name, expected, body });
    this.versions.delete(key);
    return revisionOf(outcome);
  }
}

function revisionOf(outcome: WriteOutcome): number {
  if (!outcome.ok) throw new Error(`not written: ${outcome.reason}`);
  return outcome.revision;
}
