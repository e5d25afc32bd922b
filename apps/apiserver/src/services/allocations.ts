import { randomUUID } from 'node:crypto';
import type { TruthStore } from '@nestor/store';
import type { WatchCache } from '@nestor/watch';
import { secondResolution } from '../storage/write-request';

/** Who holds an address or a port. */
export interface Holder {
  namespace: string;
  name: string;
}

/**
 * Values of which each may be held once in the whole cluster. Each is an object in the store named by the value and
 * made with create, so two replicas that pick the same meet at the primary key and one picks again.
 */
export class Allocations {
  constructor(
    private readonly store: TruthStore,
    private readonly cache: WatchCache,
    /** The resource key of the objects. */
    readonly key: string,
    private readonly kind: { kind: string; apiVersion: string },
  ) {}

  async isTaken(): Promise<(value: string) => boolean> {
    const cache = this.cache.resource(this.key);
    await cache.ready();
    return (value) => cache.get('', value) !== undefined;
  }

  /** False when somebody holds it. */
  async take(value: string, holder: Holder): Promise<boolean> {
    const uid = randomUUID();
    const body = Buffer.from(
      JSON.stringify({
        kind: this.kind.kind,
        apiVersion: this.kind.apiVersion,
        metadata: {
          name: value,
          uid,
          creationTimestamp: secondResolution(new Date()),
          labels: { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' },
        },
        spec: { parentRef: { group: '', resource: 'services', ...holder } },
      }),
    );
    const outcome = await this.store.write({
      type: 'create',
      resource: this.key,
      namespace: '',
      name: value,
      uid,
      body,
    });
    return outcome.ok;
  }

  async release(value: string): Promise<void> {
    const cache = this.cache.resource(this.key);
    await cache.ready();
    await cache.waitFor(await this.store.currentRevision());
    const found = cache.get('', value);
    if (!found) return;
    const { bytes: body, revision: expected } = found;
    await this.store.write({ type: 'delete', resource: this.key, namespace: '', name: value, expected, body });
  }

  /** Everything held, with its holder. */
  async all(): Promise<{ value: string; holder: Holder; created: number }[]> {
    const cache = this.cache.resource(this.key);
    await cache.ready();
    return cache.list().items.map((item) => {
      const object = item.object();
      const { parentRef } = object['spec'] as { parentRef: Holder };
      return {
        value: item.name,
        holder: { namespace: parentRef.namespace, name: parentRef.name },
        created: Date.parse(object.metadata.creationTimestamp ?? ''),
      };
    });
  }
}
