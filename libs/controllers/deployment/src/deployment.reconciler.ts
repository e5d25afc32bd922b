import { Injectable } from '@nestjs/common';
import {
  controllerOf,
  isAlreadyExists,
  isControlledBy,
  isNotFound,
  labelSelectorMatcher,
  reasonOf,
  type DeepReadonly,
  type Deployment,
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
  Reconciler,
  claimChildren,
  controlledBy,
  indexByController,
  type ObjectKey,
  type ReconcileContext,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { makeCondition, reasons, setCondition } from './deployment-status';
import { plan, type Plan } from './deployment.plan';
import { revisionAnnotation, size, type Working } from './rollout-state';
import { sameTemplate } from './template-hash';

type ObservedDeployment = DeepReadonly<Deployment>;

@Reconciler({ name: 'deployment-controller', for: 'apps/v1/Deployment', owns: ['apps/v1/ReplicaSet'] })
@Injectable()
export class DeploymentReconciler implements ReconcilesObjects {
  private readonly deployments: Informer<Deployment>;
  private readonly replicaSets: Informer<ReplicaSet>;
  private readonly pods: Informer<Pod>;
  private readonly client: ResourceClient<Deployment>;
  private readonly replicaSetClient: ResourceClient<ReplicaSet>;
  private readonly recorder: EventRecorder;
  private expectations: Expectations<ReplicaSet>;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.deployments = informers.informer(refs.deployments);
    this.replicaSets = informers.informer(refs.replicaSets);
    this.pods = informers.informer(refs.pods);
    indexByController(this.replicaSets);
    indexByController(this.pods);
    this.client = client.resource(refs.deployments);
    this.replicaSetClient = client.resource(refs.replicaSets);
    this.recorder = recorder.as('deployment-controller');
    this.expectations = new Expectations(this.replicaSets);
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.expectations = new Expectations(this.replicaSets);
    on(refs.replicaSets, { added: (replicaSet) => this.orphanKeys(replicaSet).forEach(enqueue) });
    // Recreate waits for the last old pod to be gone; no other strategy looks at pods.
    on(refs.pods, {
      deleted: (pod) => {
        const deployment = this.deploymentOf(pod);
        if (deployment?.spec?.strategy?.type === 'Recreate') enqueue(objectKey(deployment));
      },
    });
  }

  async reconcile({ namespace, name }: ObjectKey, context: ReconcileContext): Promise<ReconcileResult> {
    const deployment = this.deployments.lister.get(namespace, name);
    const key = keyOf(namespace, name);
    if (!deployment) return this.expectations.forget(key);
    // A copy that lacks our own last write would be planned twice. The write's event enqueues again.
    if (!this.expectations.satisfied(key)) return { requeueAfter: 1000 };
    const planned = plan({
      deployment,
      replicaSets: await this.claim(deployment),
      podsOf: (replicaSet) => controlledBy(this.pods, replicaSet.metadata.uid),
      now: Date.now(),
    });
    return this.execute(deployment, planned, context);
  }

  private async execute(
    deployment: ObservedDeployment,
    planned: Plan,
    context: ReconcileContext,
  ): Promise<ReconcileResult> {
    const { warning } = planned;
    if (warning) this.recorder.event(deployment, 'Warning', warning.reason, warning.message);
    if (planned.create && !(await this.create(deployment, planned.create, context))) return;
    for (const update of planned.updates) await this.update(deployment, update);
    for (const replicaSet of planned.deletes) await this.remove(replicaSet);
    const latest = planned.revision ? await this.setRevision(deployment, planned.revision) : undefined;
    if (planned.status) {
      const current = latest ?? (deployment as Deployment);
      await this.client.updateStatus({ ...current, status: planned.status });
    }
    return planned.requeueAfter === undefined ? undefined : { requeueAfter: planned.requeueAfter };
  }

  private claim(deployment: ObservedDeployment): Promise<DeepReadonly<ReplicaSet>[]> {
    const { name = '', namespace } = deployment.metadata;
    return claimChildren<ReplicaSet>({
      owner: deployment,
      selector: labelSelectorMatcher(deployment.spec?.selector),
      children: this.replicaSets,
      client: this.replicaSetClient,
      freshOwner: () => this.client.get(name, namespace),
    });
  }

  /** False when the name is taken by another template: the collision count is raised and the next sync tries again. */
  private async create(deployment: ObservedDeployment, working: Working, context: ReconcileContext): Promise<boolean> {
    const { name = '', namespace } = working.next.metadata;
    try {
      const created = await this.replicaSetClient.create(working.next);
      this.expectations.created(objectKey(deployment), created);
    } catch (error) {
      if (isAlreadyExists(error)) {
        const existing = await this.replicaSetClient.get(name, namespace);
        if (
          isControlledBy(existing, deployment) &&
          sameTemplate(existing.spec!.template!, working.next.spec!.template!)
        )
          return true;
        await this.raiseCollisionCount(deployment, context);
        return false;
      }
      await this.reportCreateFailure(deployment, working, error);
      throw error;
    }
    this.recordScaling(deployment, working);
    return true;
  }

  private async raiseCollisionCount(deployment: ObservedDeployment, { log }: ReconcileContext): Promise<void> {
    const collisionCount = (deployment.status?.collisionCount ?? 0) + 1;
    log.info({ object: objectKey(deployment), collisionCount }, 'hash collision of the pod template');
    const status = { ...(deployment.status as Deployment['status']), collisionCount };
    await this.client.updateStatus({ ...(deployment as Deployment), status });
  }

  private async reportCreateFailure(deployment: ObservedDeployment, working: Working, error: unknown): Promise<void> {
    if (reasonOf(error) === 'Forbidden' && /because it is being terminated/.test(String(error))) return;
    const message = `Failed to create new replica set "${working.next.metadata.name}": ${(error as Error).message}`;
    this.recorder.event(deployment, 'Warning', 'ReplicaSetCreateError', message);
    const condition = makeCondition(Date.now(), 'Progressing', 'False', { reason: reasons.failedCreate, message });
    const current = deployment as Deployment;
    const conditions = setCondition(current.status?.conditions ?? [], condition);
    await this.client.updateStatus({ ...current, status: { ...current.status, conditions } });
  }

  private async update(deployment: ObservedDeployment, working: Working): Promise<void> {
    const updated = await this.replicaSetClient.update(working.next);
    this.expectations.created(objectKey(deployment), updated);
    this.recordScaling(deployment, working);
  }

  private recordScaling(deployment: ObservedDeployment, working: Working): void {
    const { scaledFrom, next } = working;
    if (scaledFrom === undefined || scaledFrom === size(working)) return;
    const direction = size(working) > scaledFrom ? 'up' : 'down';
    const message = `Scaled ${direction} replica set ${next.metadata.name} from ${scaledFrom} to ${size(working)}`;
    this.recorder.event(deployment, 'Normal', 'ScalingReplicaSet', message);
  }

  private async remove(replicaSet: DeepReadonly<ReplicaSet>): Promise<void> {
    const { name = '', namespace, uid } = replicaSet.metadata;
    try {
      await this.replicaSetClient.delete(name, namespace, { uid });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private setRevision(deployment: ObservedDeployment, revision: string): Promise<Deployment> {
    const { name = '', namespace, resourceVersion } = deployment.metadata;
    const metadata = { resourceVersion, annotations: { [revisionAnnotation]: revision } };
    return this.client.patch(name, namespace, 'merge', { metadata });
  }

  private orphanKeys(replicaSet: DeepReadonly<ReplicaSet>): string[] {
    if (controllerOf(replicaSet) || replicaSet.metadata.deletionTimestamp) return [];
    return this.deployments.lister
      .list(replicaSet.metadata.namespace)
      .filter((deployment) => labelSelectorMatcher(deployment.spec?.selector).matches(replicaSet.metadata.labels))
      .map(objectKey);
  }

  private deploymentOf(pod: DeepReadonly<Pod>): ObservedDeployment | undefined {
    const namespace = pod.metadata.namespace ?? '';
    const replicaSet = this.replicaSets.lister.get(namespace, controllerOf(pod)?.name ?? '');
    const owner = replicaSet && controllerOf(replicaSet);
    return owner && this.deployments.lister.get(namespace, owner.name);
  }
}
