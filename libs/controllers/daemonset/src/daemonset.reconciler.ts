import { Injectable } from '@nestjs/common';
import {
  isNotFound,
  labelSelectorMatcher,
  type ControllerRevision,
  type DaemonSet,
  type DeepReadonly,
  type LabelMatcher,
  type Node,
  type Pod,
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
  RevisionCollision,
  RevisionHistory,
  claimChildren,
  indexByController,
  revisionHashLabel,
  slowStartBatch,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { hashOf, newDaemonPod, type ObservedDaemonSet, type ObservedPod } from './daemon-pod';
import { planPods, planRollingUpdate, type Observed } from './daemonset.plan';
import { eligibility, placementText, type ObservedNode } from './node-eligibility';
import { planStatus } from './status.plan';

type ObservedRevision = DeepReadonly<ControllerRevision>;

/** As Kubernetes: at most this many pods are created or deleted in one go. */
const burst = 250;

/** Keeps one pod on each node that is meant (pkg/controller/daemon). */
@Reconciler({ name: 'daemonset-controller', for: 'apps/v1/DaemonSet', owns: ['v1/Pod'] })
@Injectable()
export class DaemonSetReconciler implements ReconcilesObjects {
  private readonly sets: Informer<DaemonSet>;
  private readonly nodes: Informer<Node>;
  private readonly pods: Informer<Pod>;
  private readonly setClient: ResourceClient<DaemonSet>;
  private readonly podClient: ResourceClient<Pod>;
  private readonly history: RevisionHistory;
  private readonly recorder: EventRecorder;
  private expectations: Expectations<Pod>;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.sets = informers.informer(refs.daemonSets);
    this.nodes = informers.informer(refs.nodes);
    this.pods = informers.informer(refs.pods);
    indexByController(this.pods);
    this.setClient = client.resource(refs.daemonSets);
    this.podClient = client.resource(refs.pods);
    this.history = new RevisionHistory(client, informers);
    this.recorder = recorder.as('daemonset-controller');
    this.expectations = new Expectations(this.pods);
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.expectations = new Expectations(this.pods);
    const concerned = (isConcerned: (set: ObservedDaemonSet) => boolean): void => {
      for (const set of this.sets.lister.list()) if (isConcerned(set)) enqueue(objectKey(set));
    };
    const verdict = (set: ObservedDaemonSet, node: ObservedNode): string =>
      JSON.stringify(eligibility(set.spec?.template ?? {}, node));
    on(refs.nodes, {
      added: (node) => concerned((set) => eligibility(set.spec?.template ?? {}, node).run),
      updated: (node, old) => {
        if (placementText(node) !== placementText(old)) concerned((set) => verdict(set, node) !== verdict(set, old));
      },
      deleted: (node) => concerned((set) => eligibility(set.spec?.template ?? {}, node).stay),
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const key = keyOf(namespace, name);
    const set = this.sets.lister.get(namespace, name);
    if (!set) return this.expectations.forget(key);
    if (!this.expectations.satisfied(key)) return { requeueAfter: 50 };
    const selector = labelSelectorMatcher(set.spec?.selector);
    const revisions = await this.revisions(set, selector);
    if (!revisions) return undefined;
    const pods = await this.claimPods(set, selector);
    const hash = revisions.current.metadata.labels?.[revisionHashLabel] ?? '';
    const observed: Observed = { set, nodes: this.nodes.lister.list(), pods, hash, now: Date.now() };
    try {
      await this.act(observed);
    } finally {
      await this.writeStatus(observed);
    }
    const inUse = new Set([revisions.current.metadata.name ?? '']);
    const hashes = new Set(pods.map(hashOf));
    for (const { metadata } of revisions.all)
      if (hashes.has(metadata.labels?.[revisionHashLabel] ?? '')) inUse.add(metadata.name ?? '');
    await this.history.truncate(revisions.all, inUse, set.spec?.revisionHistoryLimit ?? 10);
    const { requeueAfter } = planStatus(observed, set.status?.collisionCount);
    return requeueAfter === undefined ? undefined : { requeueAfter: requeueAfter + 10 };
  }

  private async act(observed: Observed): Promise<void> {
    const { set, hash } = observed;
    const { create, remove, ended } = planPods(observed);
    for (const { pod, node, phase } of ended) {
      const text = `Found ${phase === 'Failed' ? 'failed' : 'succeeded'} daemon pod ${objectKey(pod)} on node ${node}, will try to ${phase === 'Failed' ? 'kill' : 'delete'} it`;
      this.recorder.event(set, phase === 'Failed' ? 'Warning' : 'Normal', `${phase}DaemonPod`, text);
    }
    const gone = [...remove, ...ended.map(({ pod }) => pod)];
    const update = create.length + gone.length === 0 ? planRollingUpdate(observed) : { create: [], remove: [] };
    await this.remove(set, [...gone, ...update.remove].slice(0, burst));
    await this.create(set, [...create, ...update.create].slice(0, burst), hash);
  }

  private async create(set: ObservedDaemonSet, nodes: readonly string[], hash: string): Promise<void> {
    const key = objectKey(set);
    const { error } = await slowStartBatch(nodes.length, async (index) => {
      try {
        const pod = await this.podClient.create(newDaemonPod(set, nodes[index] as string, hash));
        this.expectations.created(key, pod);
        this.recorder.event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      } catch (cause) {
        this.recorder.event(set, 'Warning', 'FailedCreate', `Error creating: ${messageOf(cause)}`);
        throw cause;
      }
    });
    if (error) throw asError(error);
  }

  private async remove(set: ObservedDaemonSet, pods: readonly ObservedPod[]): Promise<void> {
    const key = objectKey(set);
    const deletions = pods.map(async (pod) => {
      const { name = '', namespace, uid } = pod.metadata;
      try {
        await this.podClient.delete(name, namespace, { uid });
      } catch (error) {
        if (isNotFound(error)) return;
        this.recorder.event(set, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        throw error;
      }
      this.expectations.deleted(key, pod);
      this.recorder.event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
    });
    const failed = (await Promise.allSettled(deletions)).find((result) => result.status === 'rejected');
    if (failed) throw asError(failed.reason);
  }

  private async revisions(
    set: ObservedDaemonSet,
    selector: LabelMatcher,
  ): Promise<{ all: ObservedRevision[]; current: ObservedRevision } | undefined> {
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
      return { all, current: await this.history.current(of, all) };
    } catch (error) {
      if (!(error instanceof RevisionCollision)) throw error;
      const status = { ...set.status, collisionCount: (set.status?.collisionCount ?? 0) + 1 } as DaemonSet['status'];
      await this.setClient.updateStatus({ ...(set as DaemonSet), status });
      return undefined;
    }
  }

  private claimPods(set: ObservedDaemonSet, selector: LabelMatcher): Promise<ObservedPod[]> {
    return claimChildren<Pod>({
      owner: set,
      selector,
      children: this.pods,
      client: this.podClient,
      freshOwner: () => this.fresh(set),
    });
  }

  private async writeStatus(observed: Observed): Promise<void> {
    const { set } = observed;
    const { status, isChanged } = planStatus(observed, set.status?.collisionCount);
    if (!isChanged) return;
    try {
      await this.setClient.updateStatus({ ...(set as DaemonSet), status });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private fresh(set: ObservedDaemonSet): Promise<DaemonSet | undefined> {
    return this.setClient.get(set.metadata.name ?? '', set.metadata.namespace).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return undefined;
    });
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
