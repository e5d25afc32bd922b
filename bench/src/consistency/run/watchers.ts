import { setTimeout as sleep } from 'node:timers/promises';
import { isExpired, type ConfigMap, type DeepReadonly } from '@nestor/api';
import { BusLink, httpWatch, InformerFactory, KubernetesClient, refs, type HttpTransport } from '@nestor/client';
import { bookmarkSubject, NatsBus, watchPattern, type BusMessage } from '@nestor/watch';
import type { ChangeType, History, WatcherRecord } from '../history';
import { configMaps, namespace } from './api';
import { versionsOf } from './clients';
import type { Random } from '@nestor/testing';

/** A watcher that runs; `position` is the newest revision it has come to. */
export interface Watching {
  record: WatcherRecord;
  readonly position: number;
  stop(): Promise<void>;
}

function newRecord(history: History, name: string, kind: WatcherRecord['kind']): WatcherRecord {
  const record: WatcherRecord = { name, kind, entries: [] };
  history.watchers.push(record);
  return record;
}

/** Silence after which a connection counts as broken: clients write all the time. */
const idleTimeoutMs = 3000;

/** A bare HTTP watch that goes on from its last revision, at any replica, when it ends or breaks. */
export function watchOverHttp(settings: {
  name: string;
  transports: readonly HttpTransport[];
  random: Random;
  history: History;
  /** Stays away for up to so long after each watch, until the signal. */
  lazy?: { ms: number; until: AbortSignal };
}): Watching {
  const { name, transports, random, history, lazy } = settings;
  const record = newRecord(history, name, 'stream');
  const stopping = new AbortController();
  let position = 0;
  const note = (type: ChangeType | 'BOOKMARK', object: ConfigMap): void => {
    const revision = Number(object.metadata.resourceVersion);
    position = Math.max(position, revision);
    const of = type === 'BOOKMARK' ? {} : { key: object.metadata.name, value: object.data?.['value'] };
    record.entries.push({ at: performance.now(), type, revision, ...of });
  };
  const once = async (transport: HttpTransport): Promise<void> => {
    if (position === 0) {
      const { body } = await transport.request({ method: 'GET', path: configMaps });
      const list = JSON.parse(body.toString('utf8')) as { metadata: { resourceVersion: string }; items: unknown[] };
      position = Number(list.metadata.resourceVersion);
      record.entries.push({ at: performance.now(), type: 'LIST', revision: position, items: versionsOf(list.items) });
    }
    const options = {
      namespace,
      resourceVersion: String(position),
      timeoutSeconds: Math.ceil(random.between(2, 20)),
      idleTimeoutMs,
      signal: stopping.signal,
    };
    await httpWatch<ConfigMap>(transport, refs.configMaps, options, ({ type, object }) => note(type, object));
  };
  const running = (async () => {
    while (!stopping.signal.aborted) {
      try {
        await once(random.pick(transports));
        if (lazy) await sleep(random.between(0, lazy.ms), undefined, { signal: lazy.until }).catch(() => undefined);
      } catch (error) {
        if (isExpired(error)) {
          record.entries.push({ at: performance.now(), type: 'EXPIRED', revision: position });
          position = 0;
        } else await sleep(50);
      }
    }
  })();
  return {
    record,
    get position() {
      return position;
    },
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

/** An informer as controllers have it, over HTTP alone or over the bus with HTTP for its gaps. */
export async function watchByInformer(settings: {
  name: string;
  kubeconfig: string;
  natsUrl?: string;
  history: History;
}): Promise<Watching> {
  const { name, kubeconfig, natsUrl, history } = settings;
  const record = newRecord(history, name, 'informer');
  const client = new KubernetesClient({ kubeconfig, component: name });
  const link = natsUrl === undefined ? undefined : await openLink(natsUrl);
  const factory = new InformerFactory({ transport: client.transport, link, idleTimeoutMs });
  const informer = factory.informer(refs.configMaps, { namespace });
  const note = (type: ChangeType, object: DeepReadonly<ConfigMap>, old?: DeepReadonly<ConfigMap>): void => {
    record.entries.push({
      at: performance.now(),
      type,
      revision: Number(object.metadata.resourceVersion),
      position: Number(informer.resourceVersion),
      key: object.metadata.name,
      value: object.data?.['value'],
      ...(old && { previous: Number(old.metadata.resourceVersion) }),
    });
  };
  informer.addHandlers({
    added: (object) => note('ADDED', object),
    updated: (object, old) => note('MODIFIED', object, old),
    deleted: (object) => note('DELETED', object),
  });
  await informer.start();
  record.entries.push({ at: performance.now(), type: 'LIST', revision: Number(informer.resourceVersion) });
  return {
    record,
    get position() {
      return Number(informer.resourceVersion);
    },
    stop: async () => {
      await factory.stop();
      link?.close();
      await link?.bus.close();
      client.close();
    },
  };
}

async function openLink(url: string): Promise<BusLink> {
  const bus = new NatsBus({ url });
  await bus.ready();
  const link = new BusLink(bus, 3000);
  bus.subscribe(bookmarkSubject, (message) => link.bookmark(message));
  return link;
}

/** What comes on the bus, as it comes: it may break, but a loss must show in the messages themselves. */
export async function watchSubject(name: string, natsUrl: string, history: History): Promise<Watching> {
  const record = newRecord(history, name, 'subject');
  const bus = new NatsBus({ url: natsUrl });
  await bus.ready();
  bus.subscribe(watchPattern({ group: '', plural: 'configmaps' }), (message) => record.entries.push(entryOf(message)));
  await bus.flush();
  return {
    record,
    // It may have lost the last message for good.
    position: Infinity,
    stop: () => bus.close(),
  };
}

const decoder = new TextDecoder();

function entryOf({ type, data, revision, previous }: BusMessage) {
  const at = performance.now();
  if (type === 'bookmark') return { at, type: 'BOOKMARK', revision, previous } as const;
  const event = JSON.parse(decoder.decode(data)) as { type: ChangeType; object: ConfigMap };
  const { metadata, data: content } = event.object;
  // The rest of the cluster's belong to the stream, but the log that is compared does not hold them.
  if (metadata.namespace !== namespace) return { at, type: 'BOOKMARK', revision, previous } as const;
  return { at, type: event.type, revision, previous, key: metadata.name, value: content?.['value'] };
}
