import type { Change, Revision } from '../truth-store';
import type { CommittedBatch } from './commit-connection';

interface Link {
  last: Revision;
  changes: Change[];
  bytes: number;
}

/**
 * What this replica committed of late, so that its cache need not read its own writes back. Batches chain by their
 * revisions; where another replica committed in between the chain is broken and the change log is read.
 */
export class OwnCommits {
  /** By the revision that the batch started from; in order of insertion, oldest first. */
  private readonly links = new Map<Revision, Link>();
  private bytes = 0;

  constructor(private readonly maxBytes = 4 * 1024 * 1024) {}

  add({ first, last }: Pick<CommittedBatch, 'first' | 'last'>, changes: Change[]): void {
    if (last === first) return;
    const bytes = changes.reduce((sum, { body }) => sum + body.length, 0);
    this.links.set(first, { last, changes, bytes });
    this.bytes += bytes;
    for (const [first, link] of this.links) {
      if (this.bytes <= this.maxBytes) break;
      this.links.delete(first);
      this.bytes -= link.bytes;
    }
  }

  /** Everything that is known to follow `after` without a hole; undefined when that is nothing. */
  following(after: Revision, limit: number): Change[] | undefined {
    let link = this.links.get(after);
    if (!link) return undefined;
    const changes: Change[] = [];
    // Whole batches, so that the reader ends where the next link starts.
    while (link && (changes.length === 0 || changes.length + link.changes.length <= limit)) {
      changes.push(...link.changes);
      link = this.links.get(link.last);
    }
    return changes;
  }
}
