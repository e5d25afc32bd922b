import { randomUUID } from 'node:crypto';
import { conflict, type ApiObject, type DeepReadonly } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import type { TruthStore } from '@nestor/store';
import type { CachedObject, ResourceCache, WatchCache } from '@nestor/watch';
import { encodeBody, sameContent } from '../storage/canonical-body';
import type { BoundObject } from './bound-objects';
import { busCredentials } from './bus-group';

/** That a key was given credentials, so that they can be taken from it. */
export interface CredentialRecord {
  publicKey: string;
  username: string;
  boundTo: readonly BoundObject[];
  /** Milliseconds since 1970: no credential of the key is good for longer. */
  until: number;
}

export interface StoredRecord extends CredentialRecord {
  revision: number;
  object: DeepReadonly<ApiObject>;
}

/** Not served: who may write them could undo what was revoked. */
const resource = 'buscredentials.nestor.dev';
/** So many lives of a credential pass between two writes about a key that is renewed again and again. */
const livesAhead = 6;

/** The keys that credentials were given for, in the store, where every replica finds them. */
export class CredentialRecords {
  constructor(
    private readonly store: TruthStore,
    private readonly cache: WatchCache,
  ) {}

  async ready(): Promise<ResourceCache> {
    const cached = this.cache.resource(resource);
    await cached.ready();
    return cached;
  }

  /** Makes sure that what is about to be given is known. Throws conflict where the key is another's, or void. */
  async note(record: Omit<CredentialRecord, 'until'>, lifeMs: number): Promise<void> {
    const cached = await this.ready();
    for (;;) {
      const found = cached.get('', nameOf(record.publicKey));
      const known = found && recordOf(found);
      if (known && !(known.username === record.username && sameContent(known.boundTo, record.boundTo))) {
        const why = 'the key was given credentials for somebody or something else; use another one';
        throw conflict(busCredentials, nameOf(record.publicKey), why);
      }
      const now = Date.now();
      if (known && known.until >= now + lifeMs) return;
      if (await this.write({ ...record, until: now + livesAhead * lifeMs }, known)) return;
      // Another replica was faster, for the same client.
      await cached.waitFor(await this.store.currentRevision());
    }
  }

  async remove({ publicKey, revision, object }: StoredRecord): Promise<void> {
    const place = { resource, namespace: '', name: nameOf(publicKey) };
    // One that was renewed meanwhile stays.
    await this.store.write({ type: 'delete', ...place, expected: revision, body: encodeBody(object) });
  }

  private async write(record: CredentialRecord, before: StoredRecord | undefined): Promise<boolean> {
    const name = nameOf(record.publicKey);
    const place = { resource, namespace: '', name };
    const { uid = randomUUID(), creationTimestamp = rfc3339() } = before?.object.metadata ?? {};
    const metadata = { name, uid, creationTimestamp };
    const { until, ...rest } = record;
    const spec = { ...rest, until: new Date(until).toISOString() };
    const body = encodeBody({ kind: 'BusCredentialRecord', apiVersion: 'nestor.dev/v1', metadata, spec });
    const outcome = await this.store.write(
      before ? { type: 'update', ...place, expected: before.revision, body } : { type: 'create', ...place, uid, body },
    );
    return outcome.ok;
  }
}

export function recordOf(cached: CachedObject): StoredRecord {
  const object = cached.object();
  const spec = object['spec'] as Omit<CredentialRecord, 'until'> & { until: string };
  return { ...spec, until: Date.parse(spec.until), revision: cached.revision, object };
}

/** Keys are capitals and digits, names of objects are not. */
const nameOf = (publicKey: string): string => publicKey.toLowerCase();
