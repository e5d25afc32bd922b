import type { Informer } from '@nestor/client';
import type { Pod } from '@nestor/api';

const none: ReadonlySet<string> = new Set();

/**
 * Pods that have let go of the finalizer although the local copy still shows it: they are counted and must not be
 * counted again. Forgotten once the copy has reached the revision of the release.
 */
export class ReleasedPods {
  private readonly byJob = new Map<string, Map<string, number>>();

  constructor(private readonly pods: Informer<Pod>) {}

  add(job: string, uid: string, revision: number): void {
    let uids = this.byJob.get(job);
    if (!uids) this.byJob.set(job, (uids = new Map()));
    uids.set(uid, revision);
  }

  of(job: string): ReadonlySet<string> {
    const uids = this.byJob.get(job);
    if (!uids) return none;
    const at = Number(this.pods.resourceVersion);
    for (const [uid, revision] of uids) if (revision <= at) uids.delete(uid);
    if (uids.size === 0) this.byJob.delete(job);
    return new Set(uids.keys());
  }

  /** Those of `of`, and those released since the copy was read. */
  all(job: string): ReadonlySet<string> {
    return new Set(this.byJob.get(job)?.keys());
  }

  forget(job: string): void {
    this.byJob.delete(job);
  }
}
