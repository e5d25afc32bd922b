import fc from 'fast-check';
import { emptyHistory, type Change, type History, type Version, type WatchEntry } from '../history';
import { checkHistory } from './check-history';

interface Step {
  verb: 'create' | 'update' | 'delete' | 'get' | 'list';
  key: string;
  /** How long the request is under way. */
  takes: number;
}

const steps = fc.array(
  fc.record<Step>({
    verb: fc.constantFrom('create', 'update', 'update', 'delete', 'get', 'list'),
    key: fc.constantFrom('a', 'b', 'c'),
    takes: fc.integer({ min: 1, max: 5 }),
  }),
  { minLength: 30, maxLength: 80 },
);

/** What a store that keeps its promises makes of it. Each request takes effect in its middle; they follow one another. */
function rightHistory(asked: readonly Step[]): History {
  const history = emptyHistory();
  const state = new Map<string, Version & { uid: string }>();
  const seen: WatchEntry[] = [{ at: 0, type: 'LIST', revision: 1, items: {} }];
  let revision = 1;
  let time = 10;
  const change = (type: Change['type'], key: string, value: string, uid: string): Change => {
    const made = { revision: ++revision, type, key, uid, value };
    history.changes.push(made);
    const before = seen.findLast((entry) => entry.key === key);
    const previous = type === 'MODIFIED' ? { previous: before!.revision } : {};
    seen.push({ at: time + 1, type, revision, key, value, ...previous });
    return made;
  };
  for (const [index, { verb, key, takes }] of asked.entries()) {
    const begin = time;
    time += takes;
    const timed = { begin, end: time };
    const value = `v${index}`;
    const held = state.get(key);
    if (verb === 'get') {
      const shown = held ? { [key]: { revision: held.revision, value: held.value } } : {};
      history.reads.push({ ...timed, consistent: true, key, seen: shown });
    } else if (verb === 'list') {
      const items = [...state].map(([name, { revision: at, value: shown }]) => [name, { revision: at, value: shown }]);
      history.reads.push({ ...timed, consistent: true, listRevision: revision, seen: Object.fromEntries(items) });
    } else if (verb === 'create') {
      if (held) history.writes.push({ ...timed, verb, key, value, outcome: 'refused', code: 409 });
      else {
        const made = change('ADDED', key, value, `u${index}`);
        state.set(key, made);
        history.writes.push({ ...timed, verb, key, value, outcome: 'done', code: 201, revision: made.revision });
      }
    } else if (!held) {
      history.writes.push({ ...timed, verb, key, ...(verb === 'update' && { value }), outcome: 'refused', code: 404 });
    } else if (verb === 'update') {
      const made = change('MODIFIED', key, value, held.uid);
      state.set(key, made);
      const expected = held.revision;
      history.writes.push({
        ...timed,
        verb,
        key,
        value,
        expected,
        outcome: 'done',
        code: 200,
        revision: made.revision,
      });
    } else {
      change('DELETED', key, held.value, held.uid);
      state.delete(key);
      history.writes.push({ ...timed, verb, key, outcome: 'done', code: 200, uid: held.uid });
    }
    time += 2;
  }
  const events = seen.slice(1);
  history.watchers = [
    { name: 'stream', kind: 'stream', entries: seen.map(({ previous: _, ...entry }) => entry) },
    { name: 'informer', kind: 'informer', entries: seen.map((entry) => ({ ...entry, position: entry.revision })) },
    {
      name: 'subject',
      kind: 'subject',
      entries: events.map((entry, index) => ({ ...entry, previous: events[index - 1]?.revision ?? 1 })),
    },
  ];
  history.boundaries = [{ at: 0, revision: 0 }];
  return history;
}

const watcher = ({ watchers }: History, name: string) => watchers.find((one) => one.name === name)!.entries;
const acknowledged = ({ writes }: History) => writes.filter(({ outcome }) => outcome === 'done');

/** Each breaks one promise at a place of its choice; false where the history has no such place. */
const lies: Record<string, (history: History, at: number) => boolean> = {
  'an acknowledged write is lost': (history, at) => {
    const { revision, uid } = pick(acknowledged(history), at) ?? {};
    const gone = history.changes.find(
      (one) => one.revision === revision || (one.type === 'DELETED' && one.uid === uid),
    );
    history.changes = history.changes.filter((change) => change !== gone);
    return gone !== undefined;
  },
  'a refused write is there': (history, at) => {
    const write = pick(
      acknowledged(history).filter(({ value }) => value !== undefined),
      at,
    );
    if (write) Object.assign(write, { outcome: 'refused', code: 409, revision: undefined });
    return write !== undefined;
  },
  'a revision is given twice': (history, at) => {
    const [one, other] = acknowledged(history)
      .filter(({ revision }) => revision !== undefined)
      .slice(at % 5);
    if (other) other.revision = one!.revision;
    return other !== undefined;
  },
  'a write goes back in time': (history, at) => {
    const last = pick(
      acknowledged(history).filter(({ revision }) => revision !== undefined),
      at,
    );
    const later = acknowledged(history).filter(({ begin }) => last && begin > last.end);
    if (!last || later.length === 0) return false;
    const end = Math.max(...later.map((write) => write.end));
    Object.assign(last, { begin: end + 1, end: end + 2 });
    return true;
  },
  'a read is stale': (history, at) => {
    const read = pick(
      history.reads.filter(({ key, seen }) => key !== undefined && seen[key]),
      at,
    );
    const version = read && read.seen[read.key!]!;
    const before = history.changes.findLast(
      ({ key, revision, type }) => key === read?.key && revision < version!.revision && type !== 'DELETED',
    );
    if (before) read!.seen[read!.key!] = { revision: before.revision, value: before.value };
    return before !== undefined;
  },
  'a read finds nothing': (history, at) => {
    const read = pick(
      history.reads.filter(({ key, seen }) => key !== undefined && seen[key]),
      at,
    );
    if (read) read.seen = {};
    return read !== undefined;
  },
  'a list leaves one out': (history, at) => {
    const read = pick(
      history.reads.filter(({ key, seen }) => key === undefined && Object.keys(seen).length > 0),
      at,
    );
    if (read) delete read.seen[Object.keys(read.seen)[0]!];
    return read !== undefined;
  },
  'a stream misses an event': (history, at) => drop(watcher(history, 'stream'), 1 + at),
  'a stream repeats an event': (history, at) => repeat(watcher(history, 'stream'), 1 + at),
  'a stream swaps two events': (history, at) => swap(watcher(history, 'stream'), 1 + at),
  'an informer misses an event': (history, at) => drop(watcher(history, 'informer'), 1 + at),
  'an informer repeats an event': (history, at) => repeat(watcher(history, 'informer'), 1 + at),
  'an informer lists again without need': (history, at) => {
    const entry = pick(watcher(history, 'informer').slice(1), at);
    if (entry) entry.position = entry.revision + 100;
    return entry !== undefined;
  },
  'the bus loses an event and hides it': (history, at) => {
    const entries = watcher(history, 'subject');
    const next = entries[at + 2];
    if (!next) return false;
    next.previous = entries[at + 1]!.previous;
    return drop(entries, at + 1);
  },
  'the log is out of order': (history, at) => {
    const change = pick(history.changes, at);
    if (change) history.late.push({ change, after: change.revision + 1 });
    return change !== undefined;
  },
  'a revision that is there is refused': (history, at) => {
    history.probes.push({ begin: 1e6, end: 1e6, after: history.changes[0]?.revision ?? at, outcome: 'expired' });
    return true;
  },
  'history that is gone is served': (history) => {
    history.boundaries.push({ at: 0, revision: 1000 });
    history.probes.push({ begin: 1e6, end: 1e6, after: 500, outcome: 'served' });
    return true;
  },
};

function pick<T>(items: readonly T[], at: number): T | undefined {
  return items.length ? items[at % items.length] : undefined;
}
const drop = (entries: WatchEntry[], at: number): boolean => at < entries.length && entries.splice(at, 1).length === 1;
function repeat(entries: WatchEntry[], at: number): boolean {
  if (at >= entries.length) return false;
  entries.splice(at, 0, { ...entries[at]! });
  return true;
}
function swap(entries: WatchEntry[], at: number): boolean {
  const [one, other] = entries.slice(at, at + 2);
  if (!other) return false;
  entries.splice(at, 2, other, one!);
  return true;
}

describe('checkHistory', () => {
  it('finds nothing in a history of a store that keeps its promises', () => {
    fc.assert(
      fc.property(steps, (asked) => {
        expect(checkHistory(rightHistory(asked))).toEqual([]);
      }),
    );
  });

  it.each(Object.entries(lies))('finds that %s', (_name, lie) => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 12 }), (asked, at) => {
        const history = rightHistory(asked);
        fc.pre(lie(history, at));
        expect(checkHistory(history)).not.toEqual([]);
      }),
    );
  });

  it('lets a lost answer have done what was asked, or not', () => {
    fc.assert(
      fc.property(steps, fc.nat({ max: 12 }), (asked, at) => {
        const history = rightHistory(asked);
        const write = pick(acknowledged(history), at);
        fc.pre(write !== undefined);
        Object.assign(write, { outcome: 'unknown', code: 504, revision: undefined, uid: undefined });
        history.writes.push({
          verb: 'create',
          key: 'a',
          value: 'never',
          begin: 1,
          end: 2,
          outcome: 'unknown',
          code: 0,
        });
        expect(checkHistory(history)).toEqual([]);
      }),
    );
  });
});
