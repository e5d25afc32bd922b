import { Injectable } from '@nestjs/common';
import { isNotFound, reasonOf, type ApiObject, type DeepReadonly, type Namespace } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import {
  InformerFactory,
  KubernetesClient,
  refs,
  resourcePath,
  type DiscoveredResource,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileContext,
  type ReconcileResult,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { discoveryFailure, planConditions } from './namespace.plan';

const namespaceFinalizer = 'kubernetes';
/** Content with finalizers or grace goes in its own time; this is how often to look. */
const pollMs = 1000;

interface Found {
  instances: Map<string, number>;
  finalizers: Map<string, number>;
  contentErrors: string[];
  discoveryError?: string;
}

@Reconciler({ name: 'namespace-controller', for: 'v1/Namespace', concurrency: 10 })
@Injectable()
export class NamespaceReconciler implements ReconcilesObjects {
  private readonly namespaces: Informer<Namespace>;
  private readonly resource: ResourceClient<Namespace>;

  constructor(
    private readonly client: KubernetesClient,
    informers: InformerFactory,
  ) {
    this.namespaces = informers.informer(refs.namespaces);
    this.resource = client.resource(refs.namespaces);
  }

  async reconcile({ name }: ObjectKey, { log }: ReconcileContext): Promise<ReconcileResult> {
    const cached = this.namespaces.lister.get('', name);
    if (!cached?.metadata.deletionTimestamp) return;
    // The copy may lag behind conditions that the last pass wrote.
    const namespace = await this.resource.get(name).catch(ignoreNotFound);
    if (!namespace?.metadata.deletionTimestamp || !namespace.spec?.finalizers?.includes(namespaceFinalizer)) return;
    const found = await this.empty(name);
    await this.writeConditions(namespace, found);
    if (found.discoveryError) throw new Error(`discovery failed: ${found.discoveryError}`);
    if (found.contentErrors.length) throw new Error(found.contentErrors.join('; '));
    if (found.instances.size > 0) return { requeueAfter: pollMs };
    await this.finalize(name);
    log.info({ object: name }, 'namespace is empty, finalized');
  }

  /** Pods first (their workloads may need the Secrets and ConfigMaps while they end), then all the rest. */
  private async empty(namespace: string): Promise<Found> {
    const found: Found = { instances: new Map(), finalizers: new Map(), contentErrors: [] };
    let resources: DiscoveredResource[];
    try {
      const discovery = await this.client.discover({ fresh: true });
      resources = discovery.resources;
      // What cannot be asked may hold something: the rest is emptied, and the namespace waits.
      found.discoveryError = discoveryFailure(discovery.failures);
    } catch (error) {
      return { ...found, discoveryError: String(error) };
    }
    const deletable = resources.filter((one) => one.namespaced && one.verbs.includes('delete'));
    const isPods = (one: DiscoveredResource): boolean => one.group === '' && one.plural === 'pods';
    await Promise.all(deletable.filter(isPods).map((one) => this.emptyResource(one, namespace, found)));
    if (found.instances.size > 0) return found;
    await Promise.all(deletable.filter((one) => !isPods(one)).map((one) => this.emptyResource(one, namespace, found)));
    return found;
  }

  private async emptyResource(ref: DiscoveredResource, namespace: string, found: Found): Promise<void> {
    const label = `${ref.plural}.${ref.group}`;
    try {
      // Most kinds have nothing in the namespace: one request then says all there is to say.
      if (!(await this.deleteAll(ref, namespace))) return;
      const { items } = await this.client.resource(ref).list({ namespace });
      if (items.length === 0) return;
      found.instances.set(label, items.length);
      for (const item of items) {
        for (const finalizer of item.metadata.finalizers ?? []) {
          found.finalizers.set(finalizer, (found.finalizers.get(finalizer) ?? 0) + 1);
        }
      }
    } catch (error) {
      // The definition went away between discovery and now, and its objects with it.
      if (!isNotFound(error)) found.contentErrors.push((error as Error).message);
    }
  }

  /** True when there was something to tell. */
  private async deleteAll(ref: DiscoveredResource, namespace: string): Promise<boolean> {
    if (ref.verbs.includes('deletecollection')) {
      try {
        const body = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' };
        const path = resourcePath(ref, { namespace });
        const answer = await this.client.raw<{ items?: unknown[] }>({ method: 'DELETE', path, body });
        return answer.items?.length !== 0;
      } catch (error) {
        if (reasonOf(error) !== 'MethodNotAllowed') throw error;
      }
    }
    const resource = this.client.resource<ApiObject>(ref);
    const { items } = await resource.list({ namespace });
    await Promise.all(
      items
        .filter((item) => !item.metadata.deletionTimestamp)
        .map((item) => resource.delete(item.metadata.name ?? '', namespace).catch(ignoreNotFound)),
    );
    return items.length > 0;
  }

  private async writeConditions(namespace: DeepReadonly<Namespace>, found: Found): Promise<void> {
    const now = rfc3339();
    const conditions = planConditions(namespace, found, now);
    if (!conditions) return;
    const current = namespace as Namespace;
    await this.resource.updateStatus({ ...current, status: { ...current.status, phase: 'Terminating', conditions } });
  }

  /** Only the finalize subresource may take finalizers out of a namespace's spec. */
  private async finalize(name: string): Promise<void> {
    const namespace = await this.resource.get(name).catch(ignoreNotFound);
    if (!namespace) return;
    const finalizers = (namespace.spec?.finalizers ?? []).filter((finalizer) => finalizer !== namespaceFinalizer);
    const path = resourcePath(refs.namespaces, { name, subresource: 'finalize' });
    const body = { ...namespace, spec: { ...namespace.spec, finalizers } };
    await this.client.raw({ method: 'PUT', path, body }).catch(ignoreNotFound);
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}
