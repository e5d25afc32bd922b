import type { Revision } from '../change-source';
import type { BusMessage } from './bus';

/**
 * How far a subscriber of one stream (a resource, or a node's pods) has come. It applies each event once, in order,
 * and sees when one is missing: a message says that nothing happened between `previous` and its own revision.
 */
export class StreamPosition {
  constructor(public revision: Revision) {}

  /** 'apply': the next event. 'ignore': seen before, or a bookmark. 'gap': something is missing; read it over HTTP. */
  accept(message: Pick<BusMessage, 'type' | 'revision' | 'previous'>): 'apply' | 'ignore' | 'gap' {
    // The relay repeats itself after a failover.
    if (message.revision <= this.revision) return 'ignore';
    if (message.previous > this.revision) return 'gap';
    this.revision = message.revision;
    return message.type === 'event' ? 'apply' : 'ignore';
  }
}
