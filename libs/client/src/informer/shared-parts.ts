import type { ApiObject } from '@nestor/api';

/** Twice as many parts are remembered at most: those that no other object has would fill any number. */
const maxRemembered = 512;
/** Longer texts are not remembered: the schemas of a custom resource, which no other has, would be held twice. */
const maxLength = 16_384;

type Holder = Record<string, unknown>;

/**
 * Pods of one template differ in little more than their names and nodes. What they have alike (each part of the spec, the
 * labels, the owners) is kept once for all of them: a copy of many pods is half the size, and the garbage
 * collector need not move what is not there.
 */
export class SharedParts {
  private recent = new Map<string, unknown>();
  private older = new Map<string, unknown>();

  /** Puts parts that are equal to those of earlier objects in the place of the object's own. */
  share(object: ApiObject): void {
    const metadata = object.metadata as Holder;
    this.shareField(metadata, 'labels');
    this.shareField(metadata, 'ownerReferences');
    const spec = (object as { spec?: unknown }).spec;
    if (typeof spec !== 'object' || spec === null) return;
    for (const field in spec) this.shareField(spec as Holder, field);
  }

  private shareField(holder: Holder, field: string): void {
    const own = holder[field];
    if (typeof own !== 'object' || own === null) return;
    const key = JSON.stringify(own);
    if (key.length > maxLength) return;
    let part = this.recent.get(key);
    if (part === undefined) {
      part = this.older.get(key) ?? own;
      this.remember(key, part);
    }
    holder[field] = part;
  }

  private remember(key: string, part: unknown): void {
    if (this.recent.size >= maxRemembered) {
      this.older = this.recent;
      this.recent = new Map();
    }
    this.recent.set(key, part);
  }
}
