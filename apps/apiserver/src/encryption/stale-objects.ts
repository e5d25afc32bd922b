import type { Revision } from '@nestor/store';

interface Named {
  resource: string;
  namespace: string;
  name: string;
}

const keyOf = ({ resource, namespace, name }: Named): string => `${resource}/${namespace}/${name}`;

/** Objects that are stored otherwise than they would be today: an update that changes nothing in them writes all the same. */
export class StaleObjects {
  private readonly revisions = new Map<string, Revision>();

  has(object: Named): boolean {
    return this.revisions.size > 0 && this.revisions.has(keyOf(object));
  }

  remember(object: Named & { revision: Revision }): void {
    // The log may be read behind the state: an older revision says nothing of a newer one.
    const key = keyOf(object);
    this.revisions.set(key, Math.max(object.revision, this.revisions.get(key) ?? 0));
  }

  /** Written anew, or read in its newest form. */
  forget(object: Named & { revision?: Revision }): void {
    if (this.revisions.size === 0) return;
    const key = keyOf(object);
    const known = this.revisions.get(key);
    if (known !== undefined && (object.revision === undefined || object.revision >= known)) this.revisions.delete(key);
  }
}
