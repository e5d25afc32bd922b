import type { ApiObject } from '@nestor/api';
import type { Informer } from '@nestor/client';

/** As client-go's ExpectationsTimeout: a broken expectation must not stop an owner for ever. */
const timeoutMs = 5 * 60_000;

interface Expected {
  revision: number;
  deleted: Map<string, string>;
  since: number;
}

/**
 * Whether the informer has caught up with an owner's own writes to its children. Until then a reconciler must not
 * count them: it would create or delete twice. One revision orders all commits, so a created child has been seen once
 * the copy is at its revision; a deleted one once it is gone or terminating.
 */
export class Expectations<T extends ApiObject> {
  private readonly byOwner = new Map<string, Expected>();

  constructor(private readonly children: Informer<T>) {}

  created(owner: string, child: { metadata: { resourceVersion?: string } }): void {
    const expected = this.of(owner);
    expected.revision = Math.max(expected.revision, Number(child.metadata.resourceVersion ?? 0));
  }

  deleted(owner: string, child: { metadata: { namespace?: string; name?: string; uid?: string } }): void {
    const { namespace = '', name = '', uid = '' } = child.metadata;
    this.of(owner).deleted.set(uid, `${namespace}/${name}`);
  }

  satisfied(owner: string): boolean {
    const expected = this.byOwner.get(owner);
    if (!expected) return true;
    const isOver = Date.now() - expected.since > timeoutMs;
    if (!isOver && (Number(this.children.resourceVersion) < expected.revision || this.awaitsDeletion(expected)))
      return false;
    this.byOwner.delete(owner);
    return true;
  }

  forget(owner: string): void {
    this.byOwner.delete(owner);
  }

  private awaitsDeletion(expected: Expected): boolean {
    for (const [uid, key] of expected.deleted) {
      const slash = key.indexOf('/');
      const child = this.children.lister.get(key.slice(0, slash), key.slice(slash + 1));
      if (child && child.metadata.uid === uid && !child.metadata.deletionTimestamp) return true;
      expected.deleted.delete(uid);
    }
    return false;
  }

  private of(owner: string): Expected {
    let expected = this.byOwner.get(owner);
    if (!expected) this.byOwner.set(owner, (expected = { revision: 0, deleted: new Map(), since: Date.now() }));
    return expected;
  }
}
