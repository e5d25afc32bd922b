import type { Revision } from '../change-source';

/** The newest event of each stream that this relay has published, and which of them moved since the last bookmarks. */
export class StreamHeads {
  private readonly heads = new Map<string, Revision>();
  private moved = new Set<string>();
  private readonly passed = new Set<string>();

  /** Everything up to `base` went out before: no stream has an event between it and its first one here. */
  constructor(private readonly base: Revision) {}

  /** Notes an event; returns the one before it. `stream` is the subject up to the last two tokens. */
  advance(stream: string, revision: Revision): Revision {
    const previous = this.heads.get(stream) ?? this.base;
    this.heads.set(stream, revision);
    this.moved.add(stream);
    return previous;
  }

  /** Notes an event that was not published, because nobody is there to listen. Should somebody be, know() tells of the gap. */
  pass(stream: string, revision: Revision): void {
    this.heads.set(stream, revision);
    this.passed.add(stream);
  }

  /** A stream that somebody may be subscribed to although nothing has happened on it. */
  know(stream: string): void {
    if (this.passed.delete(stream)) this.moved.add(stream);
    else if (!this.heads.has(stream)) this.heads.set(stream, this.base);
  }

  takeMoved(): [stream: string, head: Revision][] {
    const moved = [...this.moved].map((stream): [string, Revision] => [stream, this.heads.get(stream) ?? this.base]);
    this.moved = new Set();
    return moved;
  }

  all(): [stream: string, head: Revision][] {
    this.moved = new Set();
    return [...this.heads];
  }
}
