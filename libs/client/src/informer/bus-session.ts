import type { ApiObject } from '@nestor/api';
import type { BusMessage, Subscription } from '@nestor/watch';
import type { BusLink } from './bus-link';
import type { ChangeSink } from './change-source';
import type { BusSelection } from './selection';

/** More than this is not worth keeping: HTTP will deliver it while it catches up. */
const maxBuffered = 20_000;
const decoder = new TextDecoder();

/** A refused subject stays quiet for ever, which must not pass for a stream without changes. */
export class SubjectRefused extends Error {}

/**
 * One unbroken subscription. It buffers until HTTP has caught up with it, then delivers live, and falls back to
 * buffering when it sees that it missed a message. It ends when the link breaks.
 */
export class BusSession<T extends ApiObject> {
  private buffer: BusMessage[] = [];
  private live = false;
  /** HTTP must reach this revision before the bus alone is enough. Known once a message has come. */
  private target: number | undefined;
  private readonly releases: (() => void)[] = [];
  private subscription: Subscription | undefined;
  private refusal: Error | undefined;
  private readonly ended = new AbortController();
  private onStateChange: () => void = () => undefined;

  constructor(
    private readonly link: BusLink,
    private readonly selection: BusSelection,
    private readonly sink: ChangeSink<T>,
  ) {}

  /** Resolves once the server knows the subscription: whatever commits from now on will come here. Throws SubjectRefused. */
  async open(): Promise<void> {
    this.releases.push(this.link.onChange((healthy) => !healthy && this.close()));
    this.releases.push(this.link.onBookmark((revision) => this.reachFor(revision)));
    this.subscription = this.link.bus.subscribe(
      this.selection.pattern,
      (message) => this.receive(message),
      (error) => this.refuse(error),
    );
    // The server refuses before it answers the flush.
    await this.link.bus.flush();
    this.throwIfRefused();
  }

  /** At first, or when the process' credentials were renewed and no longer say so much. */
  throwIfRefused(): void {
    if (this.refusal) throw new SubjectRefused(this.selection.pattern, { cause: this.refusal });
  }

  private refuse(error: Error): void {
    this.refusal = error;
    this.close();
  }

  get endSignal(): AbortSignal {
    return this.ended.signal;
  }

  /** True when everything before the first buffered message has been delivered by HTTP. */
  get caughtUp(): boolean {
    return this.target !== undefined && this.sink.position >= this.target;
  }

  /** A list taken after open() covers everything: no need to wait for a first message. */
  coveredByList(): void {
    this.target = Math.min(this.target ?? 0, this.sink.position);
  }

  /** Calls back whenever caughtUp may have changed. */
  whenMessage(callback: () => void): void {
    this.onStateChange = callback;
  }

  /** Delivers buffered and new messages until a gap (resolves 'gap') or the end of the link ('lost'). */
  deliver(signal: AbortSignal): Promise<'gap' | 'lost'> {
    return new Promise((resolve) => {
      const over = AbortSignal.any([signal, this.ended.signal]);
      if (over.aborted) return resolve('lost');
      const finish = (why: 'gap' | 'lost'): void => {
        this.live = false;
        over.removeEventListener('abort', lost);
        this.onStateChange = () => undefined;
        resolve(why);
      };
      const lost = (): void => finish('lost');
      over.addEventListener('abort', lost, { once: true });
      this.onStateChange = () => !this.live && finish('gap');
      this.live = true;
      const buffered = this.buffer;
      this.buffer = [];
      for (const message of buffered) this.receive(message);
    });
  }

  close(): void {
    this.subscription?.unsubscribe();
    for (const release of this.releases.splice(0)) release();
    this.ended.abort();
  }

  private receive(message: BusMessage): void {
    this.link.heard();
    if (!this.live) return this.keep(message);
    if (message.revision <= this.sink.position) return;
    if (message.previous > this.sink.position) {
      this.live = false;
      this.target = undefined;
      return this.keep(message);
    }
    // A bookmark of the stream carries the position over a quiet time, and shows that the last event was lost.
    if (message.type === 'bookmark') this.sink.advance(message.revision);
    else this.apply(message);
  }

  private apply(message: BusMessage): void {
    const event = JSON.parse(decoder.decode(message.data)) as { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T };
    // What no longer matches leaves this informer, as a selecting HTTP watch would say.
    const isMember = this.selection.matches?.(event.object) ?? true;
    this.sink.apply(isMember ? event.type : 'DELETED', event.object);
    this.sink.advance(message.revision);
  }

  private keep(message: BusMessage): void {
    if (this.buffer.length >= maxBuffered) {
      this.buffer = [];
      this.target = undefined;
    }
    this.buffer.push(message);
    // From here on the bus has everything: HTTP need only reach what came before.
    this.reachFor(message.previous);
  }

  private reachFor(revision: number): void {
    if (this.live) return;
    this.target ??= revision;
    this.onStateChange();
  }
}
