import type { ApiObject } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import { refName } from '../resources/resource-path';
import { pause } from './backoff';
import type { BusLink } from './bus-link';
import { BusSession, SubjectRefused } from './bus-session';
import type { ChangeSink, ChangeSource } from './change-source';
import { HttpSource, type HttpSourceOptions } from './http-source';
import { busSelection, type BusSelection } from './selection';

const log = createLogger('informer');

/**
 * Changes over the bus, with HTTP for the first list, for every gap and for as long as the bus is away.
 * The hand-over is always the same: subscribe first, let HTTP deliver up to the first message that came, then go live;
 * the revision decides what was seen, so nothing is lost or doubled.
 */
export class BusSource<T extends ApiObject> implements ChangeSource<T> {
  private readonly http: HttpSource<T>;
  private readonly selection: BusSelection;
  /** The server does not let us have the subject: HTTP it is, until the process' rights are others. */
  private refused = false;

  constructor(
    private readonly link: BusLink,
    private readonly options: HttpSourceOptions,
  ) {
    this.http = new HttpSource(options);
    this.selection = busSelection(options.ref, options.selection);
  }

  async run(sink: ChangeSink<T>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.refused) await this.withoutRights(sink, signal);
      else if (this.link.healthy) await this.overBus(sink, signal);
      else await this.overHttp(sink, signal);
    }
  }

  private async withoutRights(sink: ChangeSink<T>, signal: AbortSignal): Promise<void> {
    const changed = new AbortController();
    const rights = this.link.bus.onRights(() => changed.abort());
    try {
      await this.http.follow(sink, AbortSignal.any([signal, changed.signal]), () => false);
    } finally {
      rights.unsubscribe();
    }
    this.refused = false;
  }

  private async overHttp(sink: ChangeSink<T>, signal: AbortSignal): Promise<void> {
    log.info({ resource: refName(this.options.ref) }, 'bus away, following over HTTP');
    const back = new AbortController();
    const release = this.link.onChange((healthy) => healthy && back.abort());
    try {
      await this.http.follow(
        sink,
        AbortSignal.any([signal, back.signal]),
        () => this.link.healthy && sink.position > 0,
      );
    } finally {
      release();
    }
  }

  private async overBus(sink: ChangeSink<T>, signal: AbortSignal): Promise<void> {
    const session = new BusSession<T>(this.link, this.selection, sink);
    try {
      await session.open();
      const isFirst = sink.position === 0;
      if (isFirst) {
        const broken = AbortSignal.any([signal, session.endSignal]);
        await this.http.follow(sink, broken, () => sink.position > 0);
        if (sink.position > 0) session.coveredByList();
      }
      while (!signal.aborted && !session.endSignal.aborted) {
        await this.catchUp(session, sink, signal);
        if (!session.caughtUp) continue;
        const why = await session.deliver(signal);
        if (why === 'gap') log.info({ resource: refName(this.options.ref) }, 'gap on the bus, healing over HTTP');
      }
      session.throwIfRefused();
    } catch (error) {
      this.refused = error instanceof SubjectRefused;
      if (this.refused)
        log.info({ resource: refName(this.options.ref) }, 'no right to hear of it on the bus, following over HTTP');
      else {
        log.warn({ resource: refName(this.options.ref), error: String(error) }, 'bus subscription failed');
        await pause(500, signal);
      }
    } finally {
      session.close();
    }
  }

  private async catchUp(session: BusSession<T>, sink: ChangeSink<T>, signal: AbortSignal): Promise<void> {
    if (session.caughtUp) return;
    const reached = new AbortController();
    session.whenMessage(() => session.caughtUp && reached.abort());
    const until = AbortSignal.any([signal, session.endSignal, reached.signal]);
    await this.http.follow(sink, until, () => session.caughtUp);
  }
}
