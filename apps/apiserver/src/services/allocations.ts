import { randomUUID } from 'node:crypto';
import type { ApiObject, DeepReadonly } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import type { TruthStore } from '@nestor/store';
import type { CachedObject, ResourceCache, WatchCache } from '@nestor/watch';
import { encodeBody } from '../storage/canonical-body';

/** Who holds an address or a port: a Service. */
export interface Holder {
  namespace: string;
  name: string;
}

/** The objects that say so. */
export interface AllocationKind {
  /** The resource key of the objects. */
  key: string;
  kind: string;
  apiVersion: string;
  labels(value: string): Record<string, string>;
}

export interface Held {
  value: string;
  /** Absent where the object is about something that is no Service. */
  holder?: Holder;
  labels: Readonly<Record<string, string>>;
  created: number;
  object: DeepReadonly<ApiObject>;
}

/**
 * Values of which each may be held once in the whole cluster. Each is an object in the store named by the value and
 * made with create, so two replicas that pick the same meet at the primary key and one picks again.
 */
export class Allocations {
  constructor(
    private readonly store: TruthStore,
    private readonly cache: WatchCache,
    private readonly of: AllocationKind,
  ) {}

  async isTaken(): Promise<(value: string) => boolean> {
    const cache = await this.ready();
    return (value) => cache.get('', value) !== undefined;
  }

  /** False when somebody holds it. */
  async take(value: string, holder: Holder): Promise<boolean> {
    const uid = randomUUID();
    const { key, kind, apiVersion, labels } = this.of;
    const body = encodeBody({
      kind,
      apiVersion,
      metadata: { name: value, uid, creationTimestamp: rfc3339(), labels: labels(value) },
      spec: { parentRef: { group: '', resource: 'services', ...holder } },
    });
    const outcome = await this.store.write({ type: 'create', resource: key, namespace: '', name: value, uid, body });
    return outcome.ok;
  }

  /** Gives a value back, if it is still this holder's. */
  async release(value: string, holder: Holder): Promise<void> {
    await this.removeIf(value, (held) => isSame(held.holder, holder));
  }

  /** Removes an allocation if the newest state is as the caller thinks. */
  async removeIf(value: string, agrees: (held: Held) => boolean): Promise<void> {
    await this.settle(value, (found) => {
      if (!agrees(this.heldOf(found))) return undefined;
      const body = encodeBody(found.object());
      return { type: 'delete', resource: this.of.key, namespace: '', name: value, expected: found.revision, body };
    });
  }

  /** Makes the labels, and the holder, what they should be. */
  async correct(value: string, holder: Holder): Promise<void> {
    await this.settle(value, (found) => {
      const object = structuredClone(found.object()) as ApiObject;
      object.metadata.labels = { ...object.metadata.labels, ...this.of.labels(value) };
      object['spec'] = { parentRef: { group: '', resource: 'services', ...holder } };
      const body = encodeBody(object);
      return { type: 'update', resource: this.of.key, namespace: '', name: value, expected: found.revision, body };
    });
  }

  hasLabels({ value, labels }: Held): boolean {
    return Object.entries(this.of.labels(value)).every(([key, wanted]) => labels[key] === wanted);
  }

  /** Everything held, with its holder. */
  async all(): Promise<Held[]> {
    return (await this.ready()).list().items.map((item) => this.heldOf(item));
  }

  heldOf(item: CachedObject): Held {
    const object = item.object();
    const { parentRef } = (object['spec'] ?? {}) as { parentRef?: Partial<Record<string, string>> };
    const isService = !parentRef?.['group'] && parentRef?.['resource'] === 'services';
    return {
      value: item.name,
      holder: isService ? { namespace: parentRef['namespace'] ?? '', name: parentRef['name'] ?? '' } : undefined,
      labels: item.labels,
      created: Date.parse(object.metadata.creationTimestamp ?? ''),
      object,
    };
  }

  /** Once the cache holds everything that is committed by now. */
  async ready(newest = false): Promise<ResourceCache> {
    const cache = this.cache.resource(this.of.key);
    await cache.ready();
    if (newest) await cache.waitFor(await this.store.currentRevision());
    return cache;
  }

  /** Writes what `operation` makes of the newest state; again when somebody was faster. */
  private async settle(value: string, operation: (found: CachedObject) => Operation | undefined): Promise<void> {
    for (;;) {
      const found = (await this.ready(true)).get('', value);
      const write = found && operation(found);
      if (!write) return;
      const outcome = await this.store.write(write);
      if (outcome.ok || outcome.reason === 'notFound') return;
    }
  }
}

type Operation = Parameters<TruthStore['write']>[0];

export const isSame = (one: Holder | undefined, other: Holder): boolean =>
  one?.namespace === other.namespace && one.name === other.name;
