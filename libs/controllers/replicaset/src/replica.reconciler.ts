import {
  controllerOf,
  isNotFound,
  labelSelectorMatcher,
  reasonOf,
  type DeepReadonly,
  type LabelMatcher,
  type Pod,
  type ReplicaSet,
} from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  keyOf,
  objectKey,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Expectations,
  claimChildren,
  controlledBy,
  indexByController,
  isPodFinished,
  slowStartBatch,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { newPod } from './new-pod';
import type { ReplicaOwners } from './replica-owners';
import { planScaling, planStatus, type Scaling, type ScalingFailure } from './replicaset.plan';

type ObservedReplicaSet = DeepReadonly<ReplicaSet>;
type ObservedPod = DeepReadonly<Pod>;

/** Pods per millisecond of delay: 3,000 pods that turn ready one by one cost a few status writes, not 3,000. */
const podsPerDelayMs = 10;
const maxDelayMs = 500;

/** Keeps the number of pods that an owner asks for: ReplicaSets, and ReplicationControllers in their form. */
export abstract class ReplicaReconciler implements ReconcilesObjects {
  private readonly pods: Informer<Pod>;
  private readonly podClient: ResourceClient<Pod>;
  private readonly recorder: EventRecorder;
  private expectations: Expectations<Pod>;

  protected constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    private readonly owners: ReplicaOwners,
  ) {
    this.pods = informers.informer(refs.pods);
    indexByController(this.pods);
    this.podClient = client.resource(refs.pods);
    this.recorder = recorder.as(owners.component);
    this.expectations = new Expectations(this.pods);
  }

  setup({ on, enqueue, enqueueAfter }: ReconcilerWiring): void {
    this.expectations = new Expectations(this.pods);
    const touch = (pod: ObservedPod): void => {
      for (const key of this.ownersOf(pod)) {
        // While our own writes come back there is nothing to decide: the last of them enqueues.
        if (this.expectations.satisfied(key)) enqueueAfter(key, this.delayFor(pod));
      }
    };
    on(refs.pods, {
      added: touch,
      updated: (pod, old) => {
        touch(pod);
        const owner = controllerOf(old);
        if (owner && owner.uid !== controllerOf(pod)?.uid) enqueue(keyOf(old.metadata.namespace, owner.name));
      },
      deleted: touch,
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const key = keyOf(namespace, name);
    const replicaSet = this.owners.get(namespace, name);
    if (!replicaSet) {
      this.expectations.forget(key);
      return;
    }
    const canScale = this.expectations.satisfied(key);
    const selector = labelSelectorMatcher(replicaSet.spec?.selector);
    let pods = await this.claim(replicaSet, selector);
    let failed: { failure: ScalingFailure; error: unknown } | undefined;
    if (canScale && !replicaSet.metadata.deletionTimestamp) {
      const scaling = planScaling(replicaSet, pods, () => this.kin(replicaSet), Date.now());
      failed = await this.scale(replicaSet, scaling);
      if (scaling.create + scaling.remove.length > 0) pods = await this.claim(replicaSet, selector);
    }
    const wait = await this.writeStatus(replicaSet, pods, failed?.failure, canScale);
    if (failed) throw failed.error;
    return wait;
  }

  private claim(owner: ObservedReplicaSet, selector: LabelMatcher): Promise<ObservedPod[]> {
    const { name = '', namespace } = owner.metadata;
    return claimChildren<Pod>({
      owner: owner,
      selector,
      children: this.pods,
      client: this.podClient,
      freshOwner: () => this.owners.fetch(name, namespace).catch(ignoreNotFound),
      adoptable: (pod) => !isPodFinished(pod),
    });
  }

  private async scale(
    replicaSet: ObservedReplicaSet,
    { create, remove }: Scaling,
  ): Promise<{ failure: ScalingFailure; error: unknown } | undefined> {
    const key = objectKey(replicaSet);
    if (create > 0) {
      const { error } = await slowStartBatch(create, () => this.createPod(replicaSet, key));
      // A namespace on its way out refuses new pods for good: trying again is noise.
      if (error && !isTerminatingNamespace(error))
        return { failure: { reason: 'FailedCreate', message: messageOf(error) }, error };
    }
    const results = await Promise.allSettled(remove.map((pod) => this.deletePod(replicaSet, pod, key)));
    const failed = results.find((result) => result.status === 'rejected');
    return failed && { failure: { reason: 'FailedDelete', message: messageOf(failed.reason) }, error: failed.reason };
  }

  private async createPod(replicaSet: ObservedReplicaSet, key: string): Promise<void> {
    try {
      const pod = await this.podClient.create(newPod(replicaSet));
      this.expectations.created(key, pod);
      this.recorder.event(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (error) {
      if (!isTerminatingNamespace(error))
        this.recorder.event(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  }

  private async deletePod(replicaSet: ObservedReplicaSet, pod: ObservedPod, key: string): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata;
    try {
      await this.podClient.delete(name, namespace, { uid });
      this.expectations.deleted(key, pod);
      this.recorder.event(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    } catch (error) {
      if (isNotFound(error)) return;
      this.recorder.event(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
      throw error;
    }
  }

  private async writeStatus(
    replicaSet: ObservedReplicaSet,
    pods: ObservedPod[],
    failure: ScalingFailure | undefined,
    didScale: boolean,
  ): Promise<ReconcileResult> {
    // A sync that could not scale knows nothing new of failures: what stands stays.
    const standing = replicaSet.status?.conditions?.find((condition) => condition.type === 'ReplicaFailure');
    const known = didScale ? failure : (standing as ScalingFailure | undefined);
    const { status, isChanged, requeueAfter } = planStatus(replicaSet, pods, known, Date.now());
    if (isChanged) {
      try {
        await this.owners.updateStatus(replicaSet, status);
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
    return requeueAfter === undefined ? undefined : { requeueAfter: requeueAfter + 10 };
  }

  /** Pods of all ReplicaSets that share this one's owner. */
  private kin(replicaSet: ObservedReplicaSet): ObservedPod[] {
    return this.owners.kin(replicaSet).flatMap((sibling) => controlledBy(this.pods, sibling.metadata.uid));
  }

  private ownersOf(pod: ObservedPod): string[] {
    const owner = controllerOf(pod);
    if (owner) return owner.kind === this.owners.kind ? [keyOf(pod.metadata.namespace, owner.name)] : [];
    if (pod.metadata.deletionTimestamp) return [];
    return this.owners
      .list(pod.metadata.namespace ?? '')
      .filter((replicaSet) => labelSelectorMatcher(replicaSet.spec?.selector).matches(pod.metadata.labels))
      .map(objectKey);
  }

  private delayFor(pod: ObservedPod): number {
    const owner = controllerOf(pod);
    const replicaSet = owner && this.owners.get(pod.metadata.namespace ?? '', owner.name);
    const replicas = replicaSet?.spec?.replicas ?? 0;
    const isScaling = (replicaSet?.status?.replicas ?? 0) !== replicas;
    return replicas < 50 || isScaling ? 0 : Math.min(maxDelayMs, replicas / podsPerDelayMs);
  }
}

function ignoreNotFound(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
  return undefined;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isTerminatingNamespace(error: unknown): boolean {
  const causes = (error as { status?: { details?: { causes?: { reason?: string }[] } } }).status?.details?.causes;
  return reasonOf(error) === 'Forbidden' && !!causes?.some((cause) => cause.reason === 'NamespaceTerminating');
}
