import type { CoreEvent } from '@nestor/api';

/** client-go's events_cache.go defaults. */
const maxSimilar = 10;
const similarWindowMs = 600_000;
const burst = 25;
const refillPerMs = 1 / 300_000;
const maxEntries = 4096;

interface Recorded {
  name: string;
  count: number;
  firstTimestamp: string;
}
interface Similar {
  messages: Set<string>;
  lastAt: number;
}
interface Bucket {
  tokens: number;
  at: number;
}
export interface Correlated {
  event: CoreEvent;
  /** Set when the event was written before: raise that one's count. */
  existing?: string;
}

/**
 * Keeps a noisy component from flooding the API: the same event raises a count, more than ten that differ only in
 * their message become one "(combined from similar events)", and one object gets 25 at once, then one in five minutes.
 */
export class EventCorrelator {
  private readonly recorded = new Map<string, Recorded>();
  private readonly similar = new Map<string, Similar>();
  private readonly buckets = new Map<string, Bucket>();

  correlate(event: CoreEvent, now = Date.now()): Correlated | undefined {
    const about = event.involvedObject;
    const subject = [
      event.source?.component,
      event.source?.host,
      about.kind,
      about.namespace,
      about.name,
      about.uid,
      about.apiVersion,
    ];
    if (!this.admit(subject.join('\n'), now)) return undefined;
    const group = [...subject, about.fieldPath, event.type, event.reason, event.reportingComponent].join('\n');
    const combined = this.combine(group, event.message ?? '', now);
    const key = combined ? group : `${group}\n${event.message}`;
    const message = combined ? `(combined from similar events): ${event.message}` : event.message;
    const known = this.recorded.get(key);
    if (known) {
      known.count++;
      const { name, count, firstTimestamp } = known;
      return { event: { ...event, message, count, firstTimestamp }, existing: name };
    }
    remember(this.recorded, key, {
      name: event.metadata.name ?? '',
      count: 1,
      firstTimestamp: event.firstTimestamp ?? '',
    });
    return { event: { ...event, message } };
  }

  /** The event that we meant to raise is gone: the next one starts anew. */
  forget(name: string): void {
    for (const [key, recorded] of this.recorded) if (recorded.name === name) this.recorded.delete(key);
  }

  private admit(subject: string, now: number): boolean {
    const bucket = this.buckets.get(subject) ?? { tokens: burst, at: now };
    bucket.tokens = Math.min(burst, bucket.tokens + (now - bucket.at) * refillPerMs);
    bucket.at = now;
    remember(this.buckets, subject, bucket);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  private combine(group: string, message: string, now: number): boolean {
    let entry = this.similar.get(group);
    if (!entry || now - entry.lastAt > similarWindowMs) entry = { messages: new Set(), lastAt: now };
    entry.messages.add(message);
    entry.lastAt = now;
    remember(this.similar, group, entry);
    return entry.messages.size >= maxSimilar;
  }
}

function remember<V>(map: Map<string, V>, key: string, value: V): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > maxEntries) map.delete(map.keys().next().value!);
}
