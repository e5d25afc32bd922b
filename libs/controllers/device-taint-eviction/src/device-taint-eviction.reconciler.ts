import { Injectable } from '@nestjs/common';
import { isNotFound, semanticEqual, type DeviceTaintRule, type Pod } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  keyOf,
  objectKey,
  pause,
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
import {
  podEviction,
  type Claim,
  type Eviction,
  type ReadPod,
  type Rule,
  type Slice,
} from './device-taint-eviction.plan';
import { DeviceUse, isTainted } from './device-use';
import { countDeletion } from './eviction-metrics';
import { conditionOf, evictionCondition } from './rule-condition';

const name = 'device-taint-eviction-controller';
/** Between two updates of a rule's status while it evicts. */
const statusPeriodMs = 10_000;
const reason = 'DeviceTaintManagerEviction';

/** Keys are pods, and rules, which have no namespace. */
@Reconciler({ name })
@Injectable()
export class DeviceTaintEvictionReconciler implements ReconcilesObjects {
  private readonly use: DeviceUse;
  private readonly podClient: ResourceClient<Pod>;
  private readonly recorder: EventRecorder;
  /** Absent where the API server serves none. */
  private rules: Informer<DeviceTaintRule> | undefined;
  /** Pods that are going to be evicted, by key, and uids of those that have been and that the copy may still show. */
  private readonly marked = new Set<string>();
  private readonly evicted = new Set<string>();
  /** How many pods each rule has evicted, by its uid. */
  private readonly evictions = new Map<string, number>();
  private enqueueAfter: ReconcilerWiring['enqueueAfter'] = () => {};

  constructor(
    private readonly client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
  ) {
    this.use = new DeviceUse(informers);
    this.podClient = client.resource(refs.pods);
    this.recorder = recorder.as(name);
  }

  async setup(wiring: ReconcilerWiring): Promise<void> {
    this.marked.clear();
    this.evicted.clear();
    this.evictions.clear();
    this.enqueueAfter = wiring.enqueueAfter;
    this.rules = (await this.servesRules(wiring)) ? this.followRules(wiring) : undefined;
    this.followSlices(wiring);
    this.followClaims(wiring);
    this.followPods(wiring);
  }

  /** Not in every cluster: an informer of what is not served would never be there. */
  private async servesRules({ signal }: ReconcilerWiring): Promise<boolean> {
    const { group, version, plural } = refs.deviceTaintRules;
    while (!signal.aborted) {
      try {
        const served = await this.client.resources();
        return served.some((one) => one.group === group && one.version === version && one.plural === plural);
      } catch {
        // The server is away; a controller without it has nothing to do.
        await pause(1000, signal);
      }
    }
    return false;
  }

  private followRules({ on, enqueue }: ReconcilerWiring): Informer<DeviceTaintRule> {
    const touch = (rule: Rule): void => {
      if (rule.spec.taint.effect !== 'NoExecute') return;
      const tainted = this.use.claims.lister.list().filter((claim) => isTainted(claim, rule));
      this.enqueueUsers(tainted, enqueue);
    };
    return on(refs.deviceTaintRules, {
      added: (rule) => {
        enqueue(objectKey(rule));
        touch(rule);
      },
      updated: (rule, old) => {
        if (semanticEqual(rule.spec, old.spec)) return;
        enqueue(objectKey(rule));
        touch(old);
        touch(rule);
      },
      deleted: (rule) => {
        this.evictions.delete(rule.metadata.uid ?? '');
        touch(rule);
      },
    });
  }

  private followSlices({ on, enqueue }: ReconcilerWiring): void {
    const touch = (slice: Slice, before?: Slice): void =>
      this.enqueueUsers(this.use.claimsConcernedBy(slice, before), enqueue);
    on(refs.resourceSlices, { added: touch, updated: touch, deleted: touch });
  }

  private followClaims({ on, enqueue }: ReconcilerWiring): void {
    const touch = (claim: Claim): void => this.enqueueUsers([claim], enqueue);
    on(refs.resourceClaims, {
      added: touch,
      updated: (claim, old) => {
        const isSame =
          semanticEqual(claim.status?.reservedFor, old.status?.reservedFor) &&
          !claim.status?.allocation === !old.status?.allocation;
        if (!isSame) this.enqueueUsers([old, claim], enqueue);
      },
      deleted: touch,
    });
  }

  private followPods({ on, enqueue }: ReconcilerWiring): void {
    const touch = (pod: ReadPod): void => {
      if (pod.spec?.resourceClaims?.length || pod.status?.extendedResourceClaimStatus) enqueue(objectKey(pod));
    };
    const claimsIn = ({ status }: ReadPod) => [status?.resourceClaimStatuses, status?.extendedResourceClaimStatus];
    on(refs.pods, {
      added: touch,
      updated: (pod, old) => {
        // Pods change often, and mostly nothing that matters here.
        if (pod.spec?.nodeName !== old.spec?.nodeName || !semanticEqual(claimsIn(pod), claimsIn(old))) touch(pod);
      },
      deleted: (pod) => {
        this.evicted.delete(pod.metadata.uid ?? '');
        this.marked.delete(objectKey(pod));
      },
    });
  }

  private enqueueUsers(claims: readonly Claim[], enqueue: (key: string) => void): void {
    for (const claim of claims) for (const pod of this.use.usersOf(claim)) enqueue(objectKey(pod));
  }

  reconcile(key: ObjectKey): Promise<ReconcileResult> {
    return key.namespace ? this.reconcilePod(key) : this.reconcileRule(key.name);
  }

  private async reconcilePod({ namespace, name: podName }: ObjectKey): Promise<ReconcileResult> {
    const pod = this.use.pods.lister.get(namespace, podName);
    if (!pod || pod.metadata.deletionTimestamp || this.evicted.has(pod.metadata.uid ?? '')) return;
    const key = keyOf(namespace, podName);
    const eviction = podEviction(pod, this.use.observed(this.rules?.lister.list() ?? []));
    if (!eviction) {
      if (this.marked.delete(key)) this.recorder.event(pod, 'Normal', reason, 'Cancelling deletion');
      return;
    }
    this.marked.add(key);
    for (const rule of eviction.rules) this.enqueueAfter(objectKey(rule), statusPeriodMs);
    const wait = eviction.when - Date.now();
    if (wait > 0) return { requeueAfter: wait };
    if (await this.evict(pod)) this.count(eviction);
    this.evicted.add(pod.metadata.uid ?? '');
    this.marked.delete(key);
  }

  /** False where somebody else was faster. */
  private async evict(pod: ReadPod): Promise<boolean> {
    const { name: podName = '', namespace, uid } = pod.metadata;
    this.recorder.event(pod, 'Normal', reason, 'Marking for deletion');
    try {
      const status = { conditions: [disruption()] };
      await this.podClient.patch(
        podName,
        namespace,
        'strategic',
        { metadata: { uid }, status },
        { subresource: 'status' },
      );
      await this.podClient.delete(podName, namespace, { uid });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  private count({ when, rules }: Eviction): void {
    countDeletion(when, Date.now());
    for (const { metadata } of rules) {
      const uid = metadata.uid ?? '';
      this.evictions.set(uid, (this.evictions.get(uid) ?? 0) + 1);
    }
  }

  private async reconcileRule(ruleName: string): Promise<ReconcileResult> {
    const rule = this.rules?.lister.get('', ruleName);
    if (!rule) return;
    const before = conditionOf(rule);
    if (before && before.observedGeneration === rule.metadata.generation) {
      const wait = Date.parse(before.lastTransitionTime) + statusPeriodMs - Date.now();
      if (wait > 0) return { requeueAfter: wait };
    }
    const evicted = this.evictions.get(rule.metadata.uid ?? '') ?? 0;
    const condition = evictionCondition(rule, { ...this.use.factsOf(rule), evicted });
    const lastTransitionTime = rfc3339();
    if (before && semanticEqual({ ...before, lastTransitionTime }, { ...condition, lastTransitionTime })) return;
    const { apiVersion, kind, metadata, spec } = rule as DeviceTaintRule;
    const status = { conditions: [{ ...condition, lastTransitionTime }] };
    const object = { apiVersion, kind, metadata: { name: ruleName, uid: metadata.uid }, spec, status };
    await this.client
      .resource(refs.deviceTaintRules)
      .apply(object, { fieldManager: name, force: true, subresource: 'status' });
  }
}

const disruption = () => ({
  type: 'DisruptionTarget',
  status: 'True',
  reason: 'DeletionByDeviceTaintManager',
  message: 'Device Taint manager: deleting due to NoExecute taint',
  lastTransitionTime: rfc3339(),
});
