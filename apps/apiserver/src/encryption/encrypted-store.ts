import type { Encryption, ResourceEncryption } from '@nestor/encryption';
import type {
  Change,
  HeldLock,
  Revision,
  SnapshotPage,
  StoredObject,
  TruthStore,
  WriteOperation,
  WriteOutcome,
} from '@nestor/store';
import { StaleObjects } from './stale-objects';

type Named = Pick<StoredObject, 'resource' | 'namespace' | 'name'>;

/** Where the object would be in etcd: bound into its ciphertext, so that no object's can be put in another's place. */
export function storageName({ resource, namespace, name }: Named): string {
  const dot = resource.indexOf('.');
  const kind = dot < 0 ? resource : `${resource.slice(dot + 1)}/${resource.slice(0, dot)}`;
  return `/registry/${kind}/${namespace === '' ? '' : `${namespace}/`}${name}`;
}

/**
 * The truth store with the objects of some resources encrypted in it. All others pass by at the price of one look-up.
 * Objects that were stored under an older key, or under none, are remembered until they are written again.
 */
export class EncryptedStore implements TruthStore {
  readonly stale = new StaleObjects();
  private readonly closing: (() => void)[] = [];

  constructor(
    private readonly store: TruthStore,
    private encryption: Encryption,
  ) {}

  onClose(work: () => void): void {
    this.closing.push(work);
  }

  /** Goes on with another configuration, and finds out which objects it would store otherwise. */
  async use(encryption: Encryption): Promise<void> {
    const before = this.encryption;
    this.encryption = encryption;
    for (const resource of await this.store.resources()) if (encryption.of(resource)) await this.snapshot(resource);
    before.close();
  }

  /** Rejects with what a key server says is wrong. */
  check(): Promise<void> {
    return this.encryption.check();
  }

  async write(operation: WriteOperation): Promise<WriteOutcome> {
    const encryption = this.encryption.of(operation.resource);
    if (!encryption) return this.store.write(operation);
    const body = await encryption.seal(operation.body, storageName(operation));
    const outcome = await this.store.write({ ...operation, body });
    if (!outcome.ok) return outcome;
    this.stale.forget(operation);
    return { ...outcome, change: { ...outcome.change, body: operation.body, versioned: undefined } };
  }

  currentRevision(): Promise<Revision> {
    return this.store.currentRevision();
  }

  async snapshot(resource: string): Promise<{ revision: Revision; objects: StoredObject[] }> {
    const found = await this.store.snapshot(resource);
    return { ...found, objects: await this.openAll(found.objects) };
  }

  snapshots(resources: readonly string[]): AsyncGenerator<SnapshotPage, void> {
    return this.openPages(this.store.snapshots(resources));
  }

  everything(): AsyncGenerator<SnapshotPage, void> {
    return this.openPages(this.store.everything());
  }

  resources(): Promise<string[]> {
    return this.store.resources();
  }

  async changes(after: Revision, limit: number, resource?: string): Promise<Change[]> {
    return this.openChanges(await this.store.changes(after, limit, resource));
  }

  async tail(after: Revision, limit: number): Promise<Change[]> {
    return this.openChanges(await this.store.tail(after, limit));
  }

  compactedRevision(): Promise<Revision> {
    return this.store.compactedRevision();
  }

  onRevision(listener: (revision: Revision) => void): () => void {
    return this.store.onRevision(listener);
  }

  compact(retention: { keepRevisions: number; olderThanMs: number }): Promise<Revision> {
    return this.store.compact(retention);
  }

  acquireLock(name: string, signal: AbortSignal): Promise<HeldLock> {
    return this.store.acquireLock(name, signal);
  }

  position(name: string): Promise<Revision> {
    return this.store.position(name);
  }

  savePosition(name: string, revision: Revision): Promise<void> {
    return this.store.savePosition(name, revision);
  }

  ping(): Promise<void> {
    return this.store.ping();
  }

  async close(): Promise<void> {
    for (const work of this.closing) work();
    this.encryption.close();
    await this.store.close();
  }

  private async *openPages(pages: AsyncGenerator<SnapshotPage, void>): AsyncGenerator<SnapshotPage, void> {
    for await (const page of pages) yield { ...page, objects: await this.openAll(page.objects) };
  }

  private async openAll(objects: StoredObject[]): Promise<StoredObject[]> {
    const opened: StoredObject[] = [];
    for (const object of objects) {
      const encryption = this.encryption.of(object.resource);
      opened.push(encryption ? { ...object, body: await this.open(encryption, object, object.body) } : object);
    }
    return opened;
  }

  private async openChanges(changes: Change[]): Promise<Change[]> {
    // Most pages of the log hold nothing that is encrypted.
    if (!changes.some(({ resource }) => this.encryption.of(resource))) return changes;
    const opened: Change[] = [];
    for (const change of changes) {
      const encryption = this.encryption.of(change.resource);
      opened.push(encryption ? await this.openChange(encryption, change) : change);
    }
    return opened;
  }

  private async openChange(encryption: ResourceEncryption, change: Change): Promise<Change> {
    const name = storageName(change);
    const previous = change.previous && (await encryption.open(change.previous, name)).plain;
    const body = await this.open(encryption, change, change.body);
    if (change.type === 'DELETED') this.stale.forget(change);
    return { ...change, body, previous, versioned: undefined };
  }

  private async open(
    encryption: ResourceEncryption,
    object: Named & { revision: Revision },
    stored: Buffer,
  ): Promise<Buffer> {
    const { plain, isStale } = await encryption.open(stored, storageName(object));
    if (isStale) this.stale.remember(object);
    else this.stale.forget(object);
    return plain;
  }
}
