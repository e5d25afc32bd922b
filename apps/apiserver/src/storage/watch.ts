import { ApiError, field, invalid, isExpired } from '@nestor/api';
import { encodeEvent, Watch, WatchEvent, WatchRequest, WatchSink } from '@nestor/watch';
import type { Exchange } from '../http/exchange';
import { openLineStream } from '../http/line-stream';
import { isTrue } from '../http/request-info';
import { Accepted, negotiate } from '../http/media-type';
import { statusOf } from '../http/respond';
import type { ServedResource } from '../registry/served-resource';
import { newestCache, openCache, parseResourceVersion } from './cached-reads';
import { selectionOf } from './selection';
import type { StorageContext } from './storage-context';
import { includeObjectOf, partialMetadata, tableOf } from './table';
import { bytesAt, sharesBytes } from './versioned-bytes';

const watchForms = ['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList'];
const minTimeoutSeconds = 1800;

/** Streams changes until the client goes, the timeout is over or the server stops. */
export async function watchObjects(context: StorageContext, served: ServedResource, exchange: Exchange): Promise<void> {
  const { info, query, request, response } = exchange;
  const accepted = negotiate(request.headers.accept, watchForms);
  const selection = selectionOf(served, query);
  const seconds = Number(query.get('timeoutSeconds') ?? 0) || minTimeoutSeconds * (1 + Math.random());
  const resume = await startOf(context, served, query);
  const cache = context.cache.resource(served.key);

  let watch: Watch | undefined;
  const lines = openLineStream(exchange, () => watch?.drained());
  let ended = false;
  const finish = (): void => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    context.shutdown.removeEventListener('abort', finish);
    watch?.stop();
    lines.end();
  };
  const encode = encoderFor(served, accepted, query);
  const sink: WatchSink = {
    write(event) {
      return ended || lines.write(encode(event));
    },
    end(error) {
      if (error && !ended) lines.write(errorEvent(error));
      finish();
    },
  };
  const timer = setTimeout(() => {
    if (query.get('allowWatchBookmarks')) watch?.bookmark();
    finish();
  }, seconds * 1000);
  response.on('close', finish);
  context.shutdown.addEventListener('abort', finish);

  try {
    watch = await cache.watch(
      {
        ...resume,
        // A namespace is "in itself" on its path, and in none where it is stored.
        namespace: served.definition.namespaced ? info.namespace || selection.namespace : undefined,
        name: selection.name ?? (info.name || undefined),
        matches: selection.matches,
        allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
      },
      sink,
    );
    if (ended) watch.stop();
  } catch (error) {
    // The stream is open: the error is its one event, as the watch cache of Kubernetes does it.
    sink.end(error);
  }
}

/** Where a watch starts: at a revision, or with the present state as ADDED events. */
async function startOf(
  context: StorageContext,
  served: ServedResource,
  query: URLSearchParams,
): Promise<Pick<WatchRequest, 'after' | 'sendInitialEvents'>> {
  const resourceVersion = query.get('resourceVersion') ?? '';
  const initial = query.get('sendInitialEvents');
  checkInitialEvents(query, initial);
  if (resourceVersion === '' || (initial !== null && isTrue(initial))) {
    const cache = await newestCache(context, served.key);
    if (resourceVersion !== '' && resourceVersion !== '0') await cache.waitFor(parseResourceVersion(resourceVersion));
    if (initial !== null) return isTrue(initial) ? { sendInitialEvents: true } : { after: cache.revision };
    return {};
  }
  const revision = parseResourceVersion(resourceVersion);
  const cache = await openCache(context, served.key);
  if (revision === 0) return initial === null ? {} : { after: cache.revision };
  return { after: revision };
}

function checkInitialEvents(query: URLSearchParams, initial: string | null): void {
  const match = query.get('resourceVersionMatch') ?? '';
  const refuse = (why: string): Error =>
    invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', [field.forbidden('resourceVersionMatch', why)]);
  if (initial === null) {
    if (match !== '') throw refuse('resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided');
  } else if (match !== 'NotOlderThan') {
    throw refuse(`sendInitialEvents requires setting resourceVersionMatch to NotOlderThan`);
  }
}

function errorEvent(error: unknown): Buffer {
  const status = statusOf(error);
  const shown = isExpired(error) ? { ...status, message: status.message ?? 'too old resource version' } : status;
  return encodeEvent('ERROR', Buffer.from(JSON.stringify(shown satisfies ApiError['status'])));
}

/** Turns the cache's event into this watch's bytes: the shared ones, except where another form was asked for. */
function encoderFor(served: ServedResource, accepted: Accepted, query: URLSearchParams): (event: WatchEvent) => Buffer {
  const { as, version } = accepted;
  if (as === 'Table') {
    const include = includeObjectOf(query);
    let columns = true;
    return (event) => {
      const objects = event.type === 'BOOKMARK' ? [] : [event.object];
      const table = tableOf(served, objects, {
        version,
        include,
        columns,
        metadata: { resourceVersion: String(event.revision) },
      }) as { rows: unknown[] };
      columns = false;
      if (event.type === 'BOOKMARK') table.rows.push(bookmarkRow(served, event.bytes));
      return encodeEvent(event.type, Buffer.from(JSON.stringify(table)));
    };
  }
  if (as !== '') {
    return (event) => {
      const object = event.type === 'BOOKMARK' ? bookmarkObject(event.bytes) : event.object.object();
      return encodeEvent(event.type, Buffer.from(JSON.stringify(partialMetadata(object, version))));
    };
  }
  if (sharesBytes(served)) return (event) => event.bytes;
  return (event) => (event.type === 'BOOKMARK' ? event.bytes : encodeEvent(event.type, bytesAt(served, event.object)));
}

type Bookmark = Parameters<typeof partialMetadata>[0];
const bookmarkObject = (line: Buffer): Bookmark => (JSON.parse(line.toString('utf8')) as { object: Bookmark }).object;

/** A bookmark in Table form is one row with empty cells, whose object carries the revision. */
function bookmarkRow(served: ServedResource, line: Buffer): unknown {
  return { cells: served.definition.columns.map(() => null), object: partialMetadata(bookmarkObject(line), 'v1') };
}
