import { Injectable } from '@nestjs/common';
import {
  isAlreadyExists,
  isNotFound,
  labelSelectorMatcher,
  type ControllerRevision,
  type DeepReadonly,
  type LabelMatcher,
  type Pod,
  type StatefulSet,
} from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  keyOf,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Expectations,
  Reconciler,
  RevisionCollision,
  RevisionHistory,
  claimChildren,
  indexByController,
  revisionTemplate,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { ClaimKeeper } from './claim-keeper';
import { newPod, ordinalOf, withIdentity, type ObservedPod, type ObservedStatefulSet } from './pod-identity';
import { planStatefulSet, type Observed, type Step } from './statefulset.plan';
import { planStatus, revisionsInUse } from './status.plan';

interface Revisions {
  current: DeepReadonly<ControllerRevision>;
  update: DeepReadonly<ControllerRevision>;
  all: DeepReadonly<ControllerRevision>[];
}

/** Keeps pods with lasting names and claims, in order (pkg/controller/statefulset). */
@Reconciler({ name: 'statefulset-controller', for: 'apps/v1/StatefulSet', owns: ['v1/Pod'] })
@Injectable()
export class StatefulSetReconciler implements ReconcilesObjects {
  private readonly sets: Informer<StatefulSet>;
  private readonly pods: Informer<Pod>;
  private readonly setClient: ResourceClient<StatefulSet>;
  private readonly podClient: ResourceClient<Pod>;
  private readonly history: RevisionHistory;
  private readonly claims: ClaimKeeper;
  private readonly recorder: EventRecorder;
  private expectations: Expectations<Pod>;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.sets = informers.informer(refs.statefulSets);
    this.pods = informers.informer(refs.pods);
    indexByController(this.pods);
    this.setClient = client.resource(refs.statefulSets);
    this.podClient = client.resource(refs.pods);
    this.history = new RevisionHistory(client, informers);
    this.recorder = recorder.as('statefulset-controller');
    this.claims = new ClaimKeeper(client.resource(refs.persistentVolumeClaims), this.recorder);
    this.expectations = new Expectations(this.pods);
  }

  setup(): void {
    this.expectations = new Expectations(this.pods);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const key = keyOf(namespace, name);
    const set = this.sets.lister.get(namespace, name);
    if (!set) return this.expectations.forget(key);
    if (!this.expectations.satisfied(key)) return { requeueAfter: 50 };
    const selector = labelSelectorMatcher(set.spec?.selector);
    const pods = await this.claimPods(set, selector);
    const revisions = await this.revisions(set, selector);
    if (!revisions) return undefined;
    const { current, update, all } = revisions;
    const observed: Observed = {
      set,
      pods,
      current: current.metadata.name ?? '',
      update: update.metadata.name ?? '',
      now: Date.now(),
    };
    const { steps, requeueAfter } = planStatefulSet(observed);
    const done: Step[] = [];
    try {
      await this.claims.keepOwners(set, pods);
      for (const step of steps) {
        await this.take(observed, step, revisions);
        done.push(step);
      }
    } finally {
      await this.writeStatus(observed, done);
    }
    await this.history.truncate(all, revisionsInUse(observed, pods), set.spec?.revisionHistoryLimit ?? 10);
    return requeueAfter === undefined ? undefined : { requeueAfter: requeueAfter + 10 };
  }

  private claimPods(set: ObservedStatefulSet, selector: LabelMatcher): Promise<ObservedPod[]> {
    return claimChildren<Pod>({
      owner: set,
      selector,
      children: this.pods,
      client: this.podClient,
      freshOwner: () => this.fresh(set),
      adoptable: (pod) => ordinalOf(set, pod.metadata.name) >= 0,
    });
  }

  private async revisions(set: ObservedStatefulSet, selector: LabelMatcher): Promise<Revisions | undefined> {
    const of = {
      owner: set,
      selector,
      template: set.spec?.template ?? {},
      labels: set.spec?.template?.metadata?.labels ?? {},
      collisionCount: set.status?.collisionCount,
      freshOwner: () => this.fresh(set),
    };
    const all = await this.history.of(of);
    try {
      const update = await this.history.current(of, all);
      const current = all.find(({ metadata }) => metadata.name === set.status?.currentRevision) ?? update;
      return { current, update, all };
    } catch (error) {
      if (!(error instanceof RevisionCollision)) throw error;
      const status = { ...set.status, replicas: set.status?.replicas ?? 0 } as NonNullable<StatefulSet['status']>;
      status.collisionCount = (status.collisionCount ?? 0) + 1;
      await this.setClient.updateStatus({ ...(set as StatefulSet), status });
      return undefined;
    }
  }

  private take(observed: Observed, step: Step, revisions: Revisions): Promise<void> {
    switch (step.do) {
      case 'create':
        return this.create(observed.set, step.ordinal, step.revision, revisions);
      case 'delete':
        return this.remove(observed.set, step.pod, step.because);
      case 'repair':
        return this.repair(observed.set, step.pod, step.ordinal);
    }
  }

  private async create(
    set: ObservedStatefulSet,
    ordinal: number,
    revision: string,
    { current, update }: Revisions,
  ): Promise<void> {
    const from = revision === update.metadata.name ? update : current;
    const pod = newPod(set, ordinal, revisionTemplate(from) ?? {}, revision);
    const { name } = pod.metadata;
    try {
      await this.claims.create(set, ordinal);
      this.expectations.created(
        keyOf(set.metadata.namespace, set.metadata.name ?? ''),
        await this.podClient.create(pod),
      );
    } catch (error) {
      if (isAlreadyExists(error)) throw error;
      const text = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
      this.recorder.event(set, 'Warning', 'FailedCreate', text);
      throw error;
    }
    const text = `create Pod ${name} in StatefulSet ${set.metadata.name} successful`;
    this.recorder.event(set, 'Normal', 'SuccessfulCreate', text);
  }

  private async remove(set: ObservedStatefulSet, pod: ObservedPod, because: string): Promise<void> {
    const { name = '', namespace, uid } = pod.metadata;
    if (because === 'failed') {
      const text = `StatefulSet ${namespace}/${set.metadata.name} is recreating failed Pod ${name}`;
      this.recorder.event(set, 'Warning', 'RecreatingFailedPod', text);
    }
    try {
      await this.podClient.delete(name, namespace, { uid });
    } catch (error) {
      if (isNotFound(error)) return;
      const text = `delete Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${messageOf(error)}`;
      this.recorder.event(set, 'Warning', 'FailedDelete', text);
      throw error;
    }
    this.expectations.deleted(keyOf(namespace, set.metadata.name ?? ''), pod);
    const text = `delete Pod ${name} in StatefulSet ${set.metadata.name} successful`;
    this.recorder.event(set, 'Normal', 'SuccessfulDelete', text);
  }

  private async repair(set: ObservedStatefulSet, pod: ObservedPod, ordinal: number): Promise<void> {
    const { labels } = withIdentity(set, ordinal, {
      ...(pod as Pod),
      spec: undefined,
      metadata: { ...pod.metadata } as Pod['metadata'],
    }).metadata;
    await this.podClient.patch(pod.metadata.name ?? '', pod.metadata.namespace, 'merge', {
      metadata: { uid: pod.metadata.uid, labels },
    });
  }

  private async writeStatus(observed: Observed, done: readonly Step[]): Promise<void> {
    const { set } = observed;
    const { status, isChanged } = planStatus(observed, done, set.status?.collisionCount);
    if (!isChanged) return;
    try {
      await this.setClient.updateStatus({ ...(set as StatefulSet), status });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private fresh(set: ObservedStatefulSet): Promise<StatefulSet | undefined> {
    return this.setClient.get(set.metadata.name ?? '', set.metadata.namespace).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return undefined;
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
