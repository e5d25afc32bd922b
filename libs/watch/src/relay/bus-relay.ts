import { isExpired } from '@nestor/api';
import { type Bus, bookmarkSubject, nodePattern, subjectToken, watchSubject } from '../bus/bus';
import type { ChangeSource, Revision, SourceChange } from '../change-source';
import { nodeOfPod } from '../node-of-pod';
import { leadByLock, type LockSource, pause } from './lead-by-lock';
import { LivingNodes } from './living-nodes';
import { eventData, splitResource, traceparentOf } from './relay-message';
import { StreamHeads } from './stream-heads';

/** What the relay needs of the truth store besides its changes: to be alone, and to remember where it was. */
export interface RelaySource extends ChangeSource, LockSource {
  resources(): Promise<string[]>;
  position(name: string): Promise<Revision>;
  savePosition(name: string, revision: Revision): Promise<void>;
}

export interface BusRelayOptions {
  source: RelaySource;
  bus: Bus;
  onError?(error: unknown): void;
  /** Told when this replica becomes or stops being the relay. */
  onLeading?(leading: boolean): void;
  /** Resources that never travel: whoever may read them asks the API server. */
  withheld?: readonly string[];
  bookmarkMs?: number;
  /** Every so many bookmarks all streams get one, not only those that moved. */
  bookmarksPerSweep?: number;
}

/** What never travels where nothing else is said. */
export const withheldResources: readonly string[] = ['secrets'];

const name = 'relay';
const stepSize = 256;
const retryMs = 200;

/**
 * Publishes the change log to the bus, in revision order. One replica at a time does, by an advisory lock; the next
 * begins at the last position that was saved after a flush, so nothing is left out and something may be said twice:
 * subscribers drop revisions they have seen (StreamPosition). After the bus was away it begins at its own last flush.
 */
export class BusRelay {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private readonly withheld: ReadonlySet<string>;

  constructor(private readonly options: BusRelayOptions) {
    this.withheld = new Set(options.withheld ?? withheldResources);
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private run(): Promise<void> {
    const { source, onLeading, onError } = this.options;
    const lead = async (term: AbortSignal): Promise<void> => {
      onLeading?.(true);
      try {
        await this.lead(term);
      } finally {
        onLeading?.(false);
      }
    };
    return leadByLock({ source, name, lead, onError: (error) => onError?.(error), retryMs }, this.stopping.signal);
  }

  /** One term: as many sessions as the bus breaks. */
  private async lead(signal: AbortSignal): Promise<void> {
    const { source, bus } = this.options;
    let from = (await source.position(name)) || (await source.currentRevision());
    while (!signal.aborted) {
      await connected(bus, signal);
      if (signal.aborted) return;
      const session = new RelaySession(from, this.options, this.withheld);
      try {
        await session.run(signal);
      } catch (error) {
        this.options.onError?.(error);
        await pause(retryMs, signal);
      }
      from = session.flushed;
      if (session.compacted) from = await source.currentRevision();
    }
  }
}

/** Publishing over one unbroken connection. */
class RelaySession {
  /** Everything up to here has reached the bus. */
  flushed: Revision;
  /** The history it should have gone on from is gone: subscribers will see gaps and list again. */
  compacted = false;
  private position: Revision;
  private target: Revision = 0;
  private readonly heads: StreamHeads;
  private readonly living = new LivingNodes();
  private wake: () => void = () => undefined;
  private bookmarks = 0;
  private lastBookmark: Revision;
  private saved: Revision = 0;

  constructor(
    from: Revision,
    private readonly options: BusRelayOptions,
    private readonly withheld: ReadonlySet<string>,
  ) {
    this.flushed = from;
    this.position = from;
    this.lastBookmark = from;
    this.heads = new StreamHeads(from);
  }

  /** Until the signal, the loss of the bus, or an error. */
  async run(signal: AbortSignal): Promise<void> {
    const { source, bus } = this.options;
    const over = new AbortController();
    const end = (): void => {
      over.abort();
      this.wake();
    };
    signal.addEventListener('abort', end, { once: true });
    const state = bus.onState((up) => !up && end());
    const unsubscribe = source.onRevision((revision) => {
      this.target = Math.max(this.target, revision);
      this.wake();
    });
    try {
      // After the listener: nothing committed from here on goes unheard.
      this.target = Math.max(this.target, await source.currentRevision());
      await this.living.load(source);
      await this.publishUntil(over.signal);
    } catch (error) {
      this.compacted = isExpired(error);
      throw error;
    } finally {
      signal.removeEventListener('abort', end);
      state.unsubscribe();
      unsubscribe();
    }
  }

  private async publishUntil(over: AbortSignal): Promise<void> {
    const every = this.options.bookmarkMs ?? 1000;
    let due = Date.now();
    while (!over.aborted && this.options.bus.connected) {
      if (this.position < this.target) await this.step(over);
      if (over.aborted) return;
      if (Date.now() >= due) {
        await this.publishBookmarks();
        due = Date.now() + every;
      }
      if (this.position >= this.target) await this.sleep(due - Date.now(), over);
    }
  }

  private async step(over: AbortSignal): Promise<void> {
    const target = this.target;
    const changes = await this.options.source.tail(this.position, stepSize);
    // The lock may have been lost while Postgres answered.
    if (over.aborted) return;
    for (const change of changes) this.publish(change);
    this.position = changes.at(-1)?.revision ?? target;
    await this.options.bus.flush();
    this.flushed = this.position;
  }

  private publish(change: SourceChange): void {
    if (this.withheld.has(change.resource)) return;
    const { namespace, revision } = change;
    const data = eventData(change);
    const traceparent = traceparentOf(change.body);
    const send = (stream: string): void => {
      const subject = `${stream}.${subjectToken(namespace)}.${subjectToken(change.name)}`;
      const previous = this.heads.advance(stream, revision);
      try {
        this.options.bus.publish({
          subject,
          data,
          revision,
          previous,
          type: 'event',
          ...(traceparent ? { traceparent } : {}),
        });
      } catch (error) {
        // Too large for the server. The next message or bookmark of the stream shows the gap, and HTTP fills it.
        this.options.onError?.(error);
      }
    };
    send(resourceStream(splitResource(change.resource)));
    if (change.resource === 'nodes') send(nodeStream(change.name, 'nodes'));
    else if (change.resource === 'pods') this.publishToNode(change, send);
    this.noteNode(change);
  }

  /** Half of what a pod costs on the bus, so it is spared where no kubelet is; were somebody there, bookmarks would show a gap. */
  private publishToNode(change: SourceChange, send: (stream: string) => void): void {
    const node = nodeOfPod(change.body);
    if (!node) return;
    const stream = nodeStream(node, 'pods');
    if (this.living.has(node)) send(stream);
    else this.heads.pass(stream, change.revision);
  }

  /** A node that is alive may listen although nothing of its own has changed: its heartbeat tells of it. */
  private noteNode(change: SourceChange): void {
    const node = this.living.note(change) ?? (change.resource === 'nodes' ? change.name : undefined);
    if (node === undefined) return;
    this.heads.know(nodeStream(node, 'pods'));
    this.heads.know(nodeStream(node, 'nodes'));
  }

  private async publishBookmarks(): Promise<void> {
    const { bus, source, bookmarksPerSweep = 30 } = this.options;
    const sweep = this.bookmarks % bookmarksPerSweep === 0;
    if (sweep) {
      const travelling = (await source.resources()).filter((resource) => !this.withheld.has(resource));
      for (const resource of travelling) this.heads.know(resourceStream(splitResource(resource)));
    }
    this.bookmarks += 1;
    for (const [stream, head] of sweep ? this.heads.all() : this.heads.takeMoved()) {
      this.publishBookmark(`${stream}._bookmark._bookmark`, head);
    }
    this.publishBookmark(bookmarkSubject, this.lastBookmark);
    this.lastBookmark = this.position;
    await bus.flush();
    this.flushed = this.position;
    if (this.saved === this.position) return;
    await source.savePosition(name, this.flushed);
    this.saved = this.flushed;
  }

  private publishBookmark(subject: string, previous: Revision): void {
    const revision = this.position;
    const data = Buffer.from(`{"type":"BOOKMARK","object":{"metadata":{"resourceVersion":"${revision}"}}}\n`);
    this.options.bus.publish({ subject, data, revision, previous, type: 'bookmark' });
  }

  private sleep(ms: number, over: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, ms));
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
      if (over.aborted) this.wake();
    });
  }
}

const resourceStream = (of: { group: string; plural: string }): string => {
  const subject = watchSubject(of);
  return subject.slice(0, subject.length - '._._'.length);
};
const nodeStream = (node: string, plural: 'pods' | 'nodes'): string => {
  const pattern = nodePattern(node, plural);
  return pattern.slice(0, pattern.length - '.>'.length);
};

function connected(bus: Bus, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (bus.connected || signal.aborted) return resolve();
    const finish = (): void => {
      state.unsubscribe();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const state = bus.onState((up) => up && finish());
    signal.addEventListener('abort', finish, { once: true });
  });
}
