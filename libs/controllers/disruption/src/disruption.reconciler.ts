import { Injectable } from '@nestjs/common';
import {
  goSelectorText,
  isConflict,
  isNotFound,
  type DeepReadonly,
  type Pod,
  type PodDisruptionBudget,
} from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  objectKey,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { selectorOf, selects } from './budget-selector';
import {
  planBudget,
  planFailure,
  untilStale,
  withoutDisruptionTarget,
  type ObservedBudget,
  type ObservedPod,
} from './disruption.plan';
import { expectedPodsOf, needsScale, type ExpectedPods } from './expected-pods';
import { OwnerScales } from './owner-scale';

/** Before a pod's key: no namespace has a colon, so these keys are never those of budgets. */
const podPrefix = 'pod:';
/** What failed for a reason outside (an owner's kind that is not served) is looked at again without an event. */
const failedRetryMs = 30_000;

type Scaled = DeepReadonly<{ metadata: { namespace?: string }; spec?: { replicas?: number } }>;

/** Keeps what disruption budgets say of their pods, and takes back announcements of disruptions that did not come. */
@Reconciler({ name: 'disruption-controller', for: 'policy/v1/PodDisruptionBudget' })
@Injectable()
export class DisruptionReconciler implements ReconcilesObjects {
  private readonly budgets: Informer<PodDisruptionBudget>;
  private readonly pods: Informer<Pod>;
  private readonly budgetClient: ResourceClient<PodDisruptionBudget>;
  private readonly podClient: ResourceClient<Pod>;
  private readonly recorder: EventRecorder;
  private readonly owners: OwnerScales;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.budgets = informers.informer(refs.podDisruptionBudgets);
    this.pods = informers.informer(refs.pods);
    this.budgetClient = client.resource(refs.podDisruptionBudgets);
    this.podClient = client.resource(refs.pods);
    this.recorder = recorder.as('controllermanager');
    this.owners = new OwnerScales(client, informers);
  }

  setup({ on, enqueue, enqueueAfter }: ReconcilerWiring): void {
    const touch = (pod: ObservedPod): void => {
      for (const budget of this.budgetsOf(pod)) enqueue(objectKey(budget));
    };
    const watchCondition = (pod: ObservedPod): void => {
      const wait = untilStale(pod, Date.now());
      if (wait !== undefined) enqueueAfter(podPrefix + objectKey(pod), wait);
    };
    on(refs.pods, {
      added: (pod) => {
        touch(pod);
        watchCondition(pod);
      },
      updated: (pod, old) => {
        touch(pod);
        if (pod.metadata.labels !== old.metadata.labels) touch(old);
        watchCondition(pod);
      },
      deleted: touch,
    });
    // A number that an owner wants is part of the answer before any of its pods changes.
    const resized = {
      updated: ({ metadata, spec }: Scaled, old: Scaled): void => {
        if (spec?.replicas === old.spec?.replicas) return;
        for (const budget of this.budgets.lister.list(metadata.namespace)) {
          if (needsScale(budget.spec)) enqueue(objectKey(budget));
        }
      },
    };
    on(refs.deployments, resized);
    on(refs.replicaSets, resized);
    on(refs.statefulSets, resized);
    on(refs.replicationControllers, resized);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    if (namespace.startsWith(podPrefix)) return this.clearStale(namespace.slice(podPrefix.length), name);
    const budget = this.budgets.lister.get(namespace, name);
    if (!budget || budget.metadata.deletionTimestamp) return;
    try {
      return await this.sync(budget);
    } catch (error) {
      if (isConflict(error)) throw error;
      await this.write(budget, planFailure(budget, messageOf(error), Date.now()));
      return { requeueAfter: failedRetryMs };
    }
  }

  private async sync(budget: ObservedBudget): Promise<ReconcileResult> {
    const selector = selectorOf(budget);
    const pods = this.pods.lister
      .list(budget.metadata.namespace)
      .filter(({ metadata }) => selector.matches(metadata.labels));
    if (pods.length === 0) this.recorder.event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const expected = await this.expected(budget, pods);
    const { status, isChanged, recheckAfterMs, notDeleted } = planBudget(budget, pods, expected, Date.now());
    const { namespace, name } = budget.metadata;
    for (const pod of notDeleted) {
      const text = `Pod was expected by PDB ${namespace}/${name} to be deleted but it wasn't`;
      this.recorder.event(pod, 'Warning', 'NotDeleted', text);
    }
    if (isChanged) await this.write(budget, status);
    return recheckAfterMs === undefined ? undefined : { requeueAfter: recheckAfterMs + 1000 };
  }

  private async expected(budget: ObservedBudget, pods: readonly ObservedPod[]): Promise<ExpectedPods> {
    try {
      const { scale, unmanaged } = needsScale(budget.spec)
        ? await this.owners.expectedScale(pods)
        : { scale: 0, unmanaged: [] };
      if (unmanaged.length > 0) this.recorder.event(budget, 'Warning', 'UnmanagedPods', unmanagedText(budget));
      return expectedPodsOf(budget.spec, { scale, matching: pods.length });
    } catch (error) {
      const text = `Failed to calculate the number of expected pods: ${messageOf(error)}`;
      this.recorder.event(budget, 'Warning', 'CalculateExpectedPodCountFailed', text);
      throw error;
    }
  }

  private async write(budget: ObservedBudget, status: PodDisruptionBudget['status']): Promise<void> {
    try {
      await this.budgetClient.updateStatus({ ...(budget as PodDisruptionBudget), status });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private async clearStale(namespace: string, name: string): Promise<ReconcileResult> {
    const pod = this.pods.lister.get(namespace, name);
    const wait = pod && untilStale(pod, Date.now());
    if (!pod || wait === undefined) return;
    if (wait > 0) return { requeueAfter: wait };
    try {
      await this.podClient.updateStatus({ ...(pod as Pod), status: withoutDisruptionTarget(pod, Date.now()) });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private budgetsOf(pod: ObservedPod): ObservedBudget[] {
    const { namespace = '', name = '', labels } = pod.metadata;
    const found = this.budgets.lister.list(namespace).filter((budget) => selects(budget, labels));
    if (found.length > 1) {
      const chosen = JSON.stringify(found[0]?.metadata.name);
      const who = `${JSON.stringify(namespace)}/${JSON.stringify(name)}`;
      const text = `Pod ${who} matches multiple PodDisruptionBudgets.  Chose ${chosen} arbitrarily.`;
      this.recorder.event(pod, 'Warning', 'MultiplePodDisruptionBudgets', text);
    }
    return found;
  }
}

const unmanagedText = ({ spec }: ObservedBudget): string =>
  `Pods selected by this PodDisruptionBudget (selector: ${goSelectorText(spec?.selector)}) were found to be unmanaged. ` +
  'As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. ' +
  'To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.';

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
