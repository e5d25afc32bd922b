/** A message as it travels: the payload is one watch event's JSON bytes, the headers place it in the order of revisions. */
export interface BusMessage {
  subject: string;
  data: Uint8Array;
  /** Revision of this event; on a bookmark the newest revision relayed. */
  revision: number;
  /** Nothing happened on this stream (the resource, or the node's pods) between this revision and `revision`. A subscriber that has not come so far has a gap. */
  previous: number;
  /** 'event' or 'bookmark'. */
  type: 'event' | 'bookmark';
  /** W3C trace context of the write, if it had one. */
  traceparent?: string;
}

export interface Subscription {
  unsubscribe(): void;
}

/** What the relay publishes to and informers subscribe on. NATS and the in-process bus are the implementations; one contract suite runs against both. */
export interface Bus {
  publish(message: BusMessage): void;
  /**
   * Wildcards as in NATS: '*' one token, '>' the rest. `refused` hears when the server does not allow the subject:
   * nothing will ever come, which is not the same as a quiet stream.
   */
  subscribe(subject: string, handler: (message: BusMessage) => void, refused?: (error: Error) => void): Subscription;
  /** Resolves when everything published so far has reached the server. */
  flush(): Promise<void>;
  /** connected / disconnected, called on each change. A subscriber must treat a reconnect as a possible gap. */
  onState(listener: (connected: boolean) => void): Subscription;
  /** Called when this client may hear other subjects than before: what was refused is worth another try. */
  onRights(listener: () => void): Subscription;
  readonly connected: boolean;
  close(): Promise<void>;
}

/**
 * The relay's sign of life, about once a second, with the newest revision relayed; `previous` is the one before of the
 * same kind. Streams that had events also get a bookmark of their own (<stream>._bookmark._bookmark) within a second,
 * and all streams now and then, so that a lost last event shows and quiet subscribers do not fall far behind.
 */
export const bookmarkSubject = 'nestor.bookmark';

/** NATS tokens may hold neither '.', '*', '>' nor spaces: names keep their dots escaped as '%2E'; '' becomes '_'. */
export function subjectToken(part: string): string {
  return part === ''
    ? '_'
    : part.replace(
        /[%.*> ]/g,
        (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
      );
}

/** nestor.watch.<group>.<resource>.<namespace>.<name>; the core group and cluster scope are '_'. */
export function watchSubject(of: { group: string; plural: string; namespace?: string; name?: string }): string {
  return `nestor.watch.${subjectToken(of.group)}.${subjectToken(of.plural)}.${subjectToken(of.namespace ?? '')}.${subjectToken(of.name ?? '')}`;
}
/** Subject pattern of every event of a resource; bookmarks go to the same prefix with the tokens '_bookmark._bookmark'. */
export function watchPattern(of: { group: string; plural: string }): string {
  return `nestor.watch.${subjectToken(of.group)}.${subjectToken(of.plural)}.>`;
}
/** nestor.node.<node>.pods.<namespace>.<name> for the pods bound to a node, nestor.node.<node>.nodes._.<node> for itself. */
export function nodePattern(node: string, plural: 'pods' | 'nodes'): string {
  return `nestor.node.${subjectToken(node)}.${plural}.>`;
}
/** Those streams of all nodes. */
export function everyNodePattern(plural: 'pods' | 'nodes'): string {
  return `nestor.node.*.${plural}.>`;
}
