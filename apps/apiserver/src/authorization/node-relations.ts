import type { PersistentVolume } from '@nestor/api';
import type { NodeGraph, OwnedResource } from '@nestor/auth';
import type { TruthStore } from '@nestor/store';
import { createLogger } from '@nestor/telemetry';
import { nodeOfPod, type CachedObject, type ResourceCache, type WatchCache } from '@nestor/watch';
import { followStored, type StoredFollower } from '../registry/follow-stored';
import type { ResourceRegistry } from '../registry/resource-registry';

const log = createLogger('authorization');

/** What of a pod that has a node may still lead to more: claims made for it, and containers to debug it with. */
const growing = ['"resourceClaimStatuses":', '"extendedResourceClaimStatus":', '"ephemeralContainers":'];

/** Keeps what the node authorizer knows of pods, volumes and what names its node as the watch cache has them. */
export class NodeRelations {
  private readonly followed: ResourceCache[] = [];
  /** The pods in the graph, by the uid they had. */
  private readonly uids = new Map<string, string>();

  constructor(
    private readonly store: Pick<TruthStore, 'currentRevision'>,
    private readonly cache: WatchCache,
    private readonly registry: ResourceRegistry,
    private readonly graph: NodeGraph,
    private readonly shutdown: AbortSignal,
  ) {}

  /** Resolves once everything stored counts. */
  async start(): Promise<void> {
    const { graph } = this;
    await Promise.all([
      this.follow('pods', {
        put: (pod) => this.putPod(pod),
        remove: (namespace, name) => this.removePod(namespace, name),
      }),
      this.follow('persistentvolumes', {
        put: (volume) => graph.putVolume(volume.object() as PersistentVolume),
        remove: (_namespace, name) => graph.removeVolume(name),
      }),
      this.followOwned('volumeattachments', 'storage.k8s.io'),
      this.followOwned('resourceslices', 'resource.k8s.io'),
      this.followOwned('podcertificaterequests', 'certificates.k8s.io'),
    ]);
  }

  /**
   * Resolves once all that is stored by now is in the graph. Another API server may have told a node of its pod before
   * this one has heard of it.
   */
  async catchUp(): Promise<void> {
    try {
      const revision = await this.store.currentRevision();
      await Promise.all(this.followed.map((resource) => resource.waitFor(revision)));
    } catch (error) {
      log.warn({ error }, 'cannot catch up with what leads to nodes; what is not known is refused');
    }
  }

  /** Pods are written often, and most writes change nothing here: those are told by their bytes alone. */
  private putPod(stored: CachedObject): void {
    const { namespace, name, uid, bytes } = stored;
    const place = `${namespace}/${name}`;
    if (this.uids.get(place) === uid && bytes.includes('"nodeName":')) {
      if (this.graph.renewWaiting(stored)) return;
      if (!growing.some((field) => bytes.includes(field))) return;
    }
    const node = nodeOfPod(bytes);
    if (node === undefined) {
      this.removePod(namespace, name);
      return;
    }
    this.uids.set(place, uid);
    this.graph.putStoredPod(stored, node);
  }

  private removePod(namespace: string, name: string): void {
    if (this.uids.delete(`${namespace}/${name}`)) this.graph.removePod(namespace, name);
  }

  private async followOwned(resource: OwnedResource, group: string): Promise<void> {
    const key = `${resource}.${group}`;
    if (!this.registry.byKey(key)) return;
    await this.follow(key, {
      put: (stored) => {
        const { nodeName = '' } = (stored.object()['spec'] ?? {}) as { nodeName?: string };
        this.graph.putOwned(resource, stored, nodeName);
      },
      remove: (namespace, name) => this.graph.removeOwned(resource, { namespace, name }),
    });
  }

  private follow(key: string, apply: Pick<StoredFollower, 'put' | 'remove'>): Promise<void> {
    const resource = this.cache.resource(key);
    this.followed.push(resource);
    return followStored(resource, {
      ...apply,
      failed: (error) => log.warn({ error, resource: key }, 'cannot follow what leads to nodes; trying again'),
      shutdown: this.shutdown,
    });
  }
}
