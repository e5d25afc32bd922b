import { Inject, Injectable } from '@nestjs/common';
import {
  isNotFound,
  semanticEqual,
  usageEvaluatorOf,
  type ApiObject,
  type DeepReadonly,
  type ResourceQuota,
  type UsageEvaluator,
} from '@nestor/api';
import {
  InformerFactory,
  KubernetesClient,
  ServedResources,
  objectKey,
  refName,
  refs,
  type DiscoveredResource,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';
import { planQuotaStatus } from './quota.plan';
import { RESOURCE_QUOTA_OPTIONS, type ResourceQuotaOptions } from './resource-quota.options';

/** Changes that come in a burst are counted once. */
const settleMs = 200;

interface Counted {
  /** Absent when its definition has been deleted: then there are none. */
  ref?: DiscoveredResource;
  evaluator: UsageEvaluator;
}

/** Keeps what quotas say is in use true. */
@Reconciler({ name: 'resourcequota-controller' })
@Injectable()
export class ResourceQuotaReconciler implements ReconcilesObjects {
  private readonly quotas: Informer<ResourceQuota>;
  private readonly client: ResourceClient<ResourceQuota>;
  private readonly counted = new Map<string, Counted>();
  private readonly syncPeriodMs: number;

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    private readonly served: ServedResources,
    @Inject(RESOURCE_QUOTA_OPTIONS) options: ResourceQuotaOptions,
  ) {
    this.quotas = informers.informer(refs.resourceQuotas);
    this.client = client.resource(refs.resourceQuotas);
    this.syncPeriodMs = options.syncPeriodMs ?? 300_000;
  }

  async setup({ on, every, enqueue, enqueueAfter, signal }: ReconcilerWiring): Promise<void> {
    on(refs.resourceQuotas, {
      added: (quota) => enqueue(objectKey(quota)),
      // A status is this controller's own doing, or admission's, which has counted already.
      updated: (quota, old) => {
        if (!semanticEqual(quota.spec, old.spec)) enqueue(objectKey(quota));
      },
    });
    every(this.syncPeriodMs, () => this.quotas.lister.list().forEach((quota) => enqueue(objectKey(quota))));
    const replenish = (ref: DiscoveredResource, object: DeepReadonly<ApiObject>): void => {
      for (const key of this.concerned(ref, object)) enqueueAfter(key, settleMs);
    };
    this.counted.clear();
    const leave = await this.served.follow({
      wants: (ref) => this.isCounted(ref),
      needsWhole: (ref) => !usageEvaluatorOf(refName(ref))?.countsAlone,
      changed: (ref, object, old) => {
        if (!old || this.counted.get(refName(ref))?.evaluator.freesUsage?.(object, old, new Date())) {
          replenish(ref, object);
        }
      },
      deleted: replenish,
      vanished: (ref, last, forGood) => {
        const counted = this.counted.get(refName(ref));
        this.counted.delete(refName(ref));
        if (counted && forGood) this.counted.set(refName(ref), { evaluator: counted.evaluator });
        last.forEach((object) => replenish(ref, object));
      },
    });
    signal.addEventListener('abort', leave, { once: true });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<void> {
    const quota = this.quotas.lister.get(namespace, name);
    if (!quota) return;
    const counted = [...this.counted.values()];
    const objectsOf = (evaluator: UsageEvaluator): DeepReadonly<ApiObject>[] => {
      const ref = this.counted.get(evaluator.resource)?.ref;
      return ref ? (this.served.informerOf(ref)?.lister.list(namespace) ?? []) : [];
    };
    // What is not listed yet would count as nothing.
    const ready = counted.filter(({ ref }) => !ref || this.served.informerOf(ref)?.synced);
    const evaluators = ready.map(({ evaluator }) => evaluator);
    const status = planQuotaStatus(quota, evaluators, objectsOf, new Date());
    if (!status) return;
    try {
      await this.client.updateStatus({ ...(quota as ResourceQuota), status });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private isCounted(ref: DiscoveredResource): boolean {
    const evaluator = usageEvaluatorOf(refName(ref));
    const canBeCounted =
      ref.namespaced && ['create', 'list', 'watch', 'delete'].every((verb) => ref.verbs.includes(verb));
    if (!evaluator || !canBeCounted) return false;
    this.counted.set(refName(ref), { ref, evaluator });
    return true;
  }

  /** The quotas of the object's namespace that limit what it uses. */
  private concerned(ref: DiscoveredResource, { metadata }: DeepReadonly<ApiObject>): string[] {
    const evaluator = this.counted.get(refName(ref))?.evaluator ?? usageEvaluatorOf(refName(ref));
    const namespace = metadata.namespace;
    if (!evaluator || !namespace) return [];
    return this.quotas.lister
      .list(namespace)
      .filter(({ spec }) => evaluator.matchingNames(Object.keys(spec?.hard ?? {})).length > 0)
      .map((quota) => objectKey(quota));
  }
}
