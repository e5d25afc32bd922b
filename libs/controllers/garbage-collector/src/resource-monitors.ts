import { type ApiObject, type DeepReadonly } from '@nestor/api';
import {
  InformerFactory,
  KubernetesClient,
  apiVersionOf,
  refName,
  type DiscoveredResource,
  type ResourceRef,
} from '@nestor/client';
import type { ReconcilerWiring } from '@nestor/controller-kit';
import { createLogger } from '@nestor/telemetry';

const log = createLogger('garbage-collector');
/** Events are short-lived and own nothing. As garbage-collector-controller's ignored resources. */
const ignored = new Set(['events', 'events.events.k8s.io']);

export interface MonitorHandlers {
  changed(ref: ResourceRef, object: DeepReadonly<ApiObject>): void;
  deleted(ref: ResourceRef, object: DeepReadonly<ApiObject>): void;
}

/** Follows every resource that can be listed, watched and deleted, custom ones as they come. */
export class ResourceMonitors {
  private readonly monitored = new Map<string, { ref: ResourceRef; isSynced(): boolean }>();
  private byKind = new Map<string, DiscoveredResource>();

  constructor(
    private readonly client: KubernetesClient,
    private readonly informers: InformerFactory,
    private readonly handlers: MonitorHandlers,
  ) {}

  refOf(apiVersion: string, kind: string): DiscoveredResource | undefined {
    return this.byKind.get(`${apiVersion}/${kind}`);
  }

  async refresh({ on }: ReconcilerWiring): Promise<void> {
    const resources = await this.client.resources({ fresh: true });
    this.byKind = new Map(resources.map((ref) => [`${apiVersionOf(ref)}/${ref.kind}`, ref]));
    await this.dropVanished(new Set(resources.map(refName)));
    for (const ref of resources) {
      const isCollectable = ['list', 'watch', 'delete'].every((verb) => ref.verbs.includes(verb));
      const name = refName(ref);
      if (!isCollectable || ignored.has(name) || this.monitored.has(name)) continue;
      const informer = on<ApiObject>(ref, {
        added: (object) => this.handlers.changed(ref, object),
        updated: (object) => this.handlers.changed(ref, object),
        deleted: (object) => this.handlers.deleted(ref, object),
      });
      this.monitored.set(name, { ref, isSynced: () => informer.synced });
      log.debug({ resource: name }, 'monitoring');
      // A definition that is gone again before its first list must not hold up the others.
      void informer.start();
    }
  }

  /** An informer whose definition went before its first list would keep everyone waiting for that list. */
  private async dropVanished(served: ReadonlySet<string>): Promise<void> {
    for (const [name, { ref, isSynced }] of this.monitored) {
      if (served.has(name) || isSynced()) continue;
      this.monitored.delete(name);
      await this.informers.release(ref);
    }
  }
}
