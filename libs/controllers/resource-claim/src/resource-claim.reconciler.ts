import { Injectable } from '@nestjs/common';
import {
  canBeReserved,
  isNotFound,
  isPodDone,
  isReservedFor,
  knownClaimNames,
  notForPod,
  owningPod,
  podClaimAnnotation,
  podClaimName,
  reservationFor,
  type DeepReadonly,
  type Pod,
  type PodClaim,
  type ResourceClaim,
  type ResourceClaimTemplate,
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
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';
import { claimCounts, countCreate } from './claim-metrics';
import { planClaim } from './claim.plan';
import { claimFromTemplate } from './new-claim';

const byClaim = 'podsByResourceClaim';
const byOwner = 'resourceClaimsByPod';
/** No object's name has a colon: keys of pods are told from those of claims by it. */
const podPrefix = 'pod:';
const fieldManager = 'ResourceClaimController';

type ReadPod = DeepReadonly<Pod>;
type ReadClaim = DeepReadonly<ResourceClaim>;
type ClaimStatus = NonNullable<NonNullable<Pod['status']>['resourceClaimStatuses']>[number];

const claimsOf = (pod: ReadPod): readonly PodClaim[] => pod.spec?.resourceClaims ?? [];
const hasClaims = (pod: ReadPod): boolean =>
  claimsOf(pod).length > 0 || pod.status?.extendedResourceClaimStatus !== undefined;

/** Makes claims from templates, and ends reservations, allocations and generated claims that nobody needs any more. */
@Reconciler({ name: 'resourceclaim-controller' })
@Injectable()
export class ResourceClaimReconciler implements ReconcilesObjects {
  private readonly pods: Informer<Pod>;
  private readonly claims: Informer<ResourceClaim>;
  private readonly templates: Informer<ResourceClaimTemplate>;
  private readonly podClient: ResourceClient<Pod>;
  private readonly client: ResourceClient<ResourceClaim>;
  private readonly recorder: EventRecorder;
  /** Names of claims made here that the copy may not have yet, by pod uid and name of the pod's claim. */
  private readonly made = new Map<string, string>();

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.pods = informers.informer(refs.pods);
    this.claims = informers.informer(refs.resourceClaims);
    this.templates = informers.informer(refs.resourceClaimTemplates);
    this.pods.addIndex(byClaim, (pod) => knownClaimNames(pod).map((name) => keyOf(pod.metadata.namespace, name)));
    this.claims.addIndex(byOwner, (claim) => [owningPod(claim)?.uid ?? ''].filter(Boolean));
    this.podClient = client.resource(refs.pods);
    this.client = client.resource(refs.resourceClaims);
    this.recorder = recorder.as('resource_claim');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.made.clear();
    claimCounts.reset();
    const podChanged = (pod: ReadPod): void => {
      if (!hasClaims(pod)) return;
      if (isPodDone(pod)) this.enqueueClaims(pod, enqueue);
      else if (!pod.metadata.deletionTimestamp) enqueue(keyOf(pod.metadata.namespace, podPrefix + pod.metadata.name));
    };
    on(refs.pods, {
      added: podChanged,
      updated: podChanged,
      deleted: (pod) => {
        this.forget(pod);
        this.enqueueClaims(pod, enqueue);
      },
    });
    const claimChanged = (claim: ReadClaim): void => {
      enqueue(objectKey(claim));
      this.pods.lister.byIndex(byClaim, objectKey(claim)).forEach(podChanged);
    };
    on(refs.resourceClaims, {
      added: (claim) => {
        claimCounts.added(claim);
        claimChanged(claim);
      },
      updated: (claim, old) => {
        claimCounts.updated(claim, old);
        claimChanged(claim);
      },
      deleted: (claim) => {
        claimCounts.deleted(claim);
        this.pods.lister.byIndex(byClaim, objectKey(claim)).forEach(podChanged);
      },
    });
    on(refs.resourceClaimTemplates, {});
  }

  reconcile({ namespace, name }: ObjectKey): Promise<void> {
    return name.startsWith(podPrefix)
      ? this.reconcilePod(namespace, name.slice(podPrefix.length))
      : this.reconcileClaim(namespace, name);
  }

  private enqueueClaims(pod: ReadPod, enqueue: (key: string) => void): void {
    for (const name of knownClaimNames(pod)) enqueue(keyOf(pod.metadata.namespace, name));
    // Those that the status never came to name are found by their owner.
    for (const claim of this.claims.lister.byIndex(byOwner, pod.metadata.uid ?? '')) enqueue(objectKey(claim));
  }

  private forget({ metadata, spec }: ReadPod): void {
    for (const { name } of spec?.resourceClaims ?? []) this.made.delete(`${metadata.uid}/${name}`);
  }

  private async reconcilePod(namespace: string, name: string): Promise<void> {
    const pod = this.pods.lister.get(namespace, name);
    if (!pod || pod.metadata.deletionTimestamp || isPodDone(pod)) return;
    const statuses: ClaimStatus[] = [];
    for (const claim of claimsOf(pod)) {
      try {
        const resourceClaimName = await this.ensureClaim(pod, claim);
        if (resourceClaimName !== undefined) statuses.push({ name: claim.name, resourceClaimName });
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const text = `PodResourceClaim ${claim.name}: ${why}`;
        this.recorder.event(pod, 'Warning', 'FailedResourceClaimCreation', text);
        throw error;
      }
    }
    if (statuses.length > 0) await this.writeStatuses(pod, statuses);
    if (pod.spec?.nodeName) await this.reserveFor(pod);
  }

  /** Name of the claim where the pod's status does not have it yet. */
  private async ensureClaim(pod: ReadPod, claim: PodClaim): Promise<string | undefined> {
    const known = podClaimName(pod, claim);
    if (known === 'not needed' || claim.resourceClaimTemplateName === undefined) return undefined;
    const { namespace = '', uid } = pod.metadata;
    if (known !== 'pending') {
      const found = this.claims.lister.get(namespace, known.name);
      // One that was deleted, or that is another pod's, is made anew.
      if (found && notForPod(pod, found) === undefined) return undefined;
      if (!found && this.made.get(`${uid}/${claim.name}`) === known.name) return undefined;
    }
    const [mine] = this.claims.lister
      .byIndex(byOwner, uid ?? '')
      .filter(({ metadata }) => metadata.annotations?.[podClaimAnnotation] === claim.name);
    const made = known === 'pending' ? this.made.get(`${uid}/${claim.name}`) : undefined;
    return mine?.metadata.name ?? made ?? (await this.create(pod, claim, claim.resourceClaimTemplateName));
  }

  private async create(pod: ReadPod, claim: PodClaim, templateName: string): Promise<string> {
    const { namespace = '', uid } = pod.metadata;
    const template = this.templates.lister.get(namespace, templateName);
    if (!template) {
      const missing = `resourceclaimtemplate.resource.k8s.io ${JSON.stringify(templateName)} not found`;
      throw new Error(`resource claim template ${JSON.stringify(templateName)}: ${missing}`);
    }
    const wanted = claimFromTemplate(pod, claim, template);
    try {
      const { metadata } = await this.client.create(wanted);
      countCreate(wanted, 'success');
      const name = metadata.name ?? '';
      this.made.set(`${uid}/${claim.name}`, name);
      return name;
    } catch (error) {
      countCreate(wanted, 'failure');
      throw new Error(`create ResourceClaim : ${(error as Error).message}`, { cause: error });
    }
  }

  private async writeStatuses({ metadata, status }: ReadPod, statuses: ClaimStatus[]): Promise<void> {
    const { name = '', namespace } = metadata;
    const written = new Set(statuses.map((one) => one.name));
    const kept = (status?.resourceClaimStatuses ?? []).filter((one) => !written.has(one.name));
    const object = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace },
      status: { resourceClaimStatuses: [...kept, ...statuses] },
    };
    await this.podClient.apply(object, { fieldManager, force: true, subresource: 'status' });
  }

  /** A pod that got its node without the scheduler: claims that are allocated are reserved for it here. */
  private async reserveFor(pod: ReadPod): Promise<void> {
    for (const podClaim of claimsOf(pod)) {
      const known = podClaimName(pod, podClaim);
      if (typeof known === 'string') continue;
      const claim = this.claims.lister.get(pod.metadata.namespace ?? '', known.name);
      if (!claim?.status?.allocation || isReservedFor(pod, claim) || !canBeReserved(claim)) continue;
      if (known.generated && notForPod(pod, claim) !== undefined) continue;
      const reservedFor = [...(claim.status.reservedFor ?? []), reservationFor(pod)];
      await this.client.updateStatus({ ...claim, status: { ...claim.status, reservedFor } } as ResourceClaim);
    }
  }

  private async reconcileClaim(namespace: string, name: string): Promise<void> {
    const claim = this.claims.lister.get(namespace, name);
    if (!claim) return;
    const plan = planClaim({ claim, gone: await this.goneUsers(claim), ownerIsDone: this.isOwnerDone(claim) });
    let current = claim as ResourceClaim;
    try {
      // Updates, not patches: whatever has changed meanwhile is looked at first.
      if (plan.status) current = await this.client.updateStatus({ ...current, status: plan.status });
      if (plan.finalizers)
        await this.client.update({ ...current, metadata: { ...current.metadata, finalizers: plan.finalizers } });
      if (plan.remove) await this.client.delete(name, namespace, { uid: claim.metadata.uid });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private async goneUsers({ metadata, status }: ReadClaim): Promise<Set<string>> {
    const gone = new Set<string>();
    for (const { uid, name, resource, apiGroup } of status?.reservedFor ?? []) {
      if (apiGroup || resource !== 'pods')
        throw new Error(`unsupported ReservedFor entry: ${JSON.stringify({ apiGroup, resource, name, uid })}`);
      const pod = this.pods.lister.get(metadata.namespace ?? '', name) ?? (await this.askFor(name, metadata.namespace));
      if (!pod || pod.metadata.uid !== uid || isPodDone(pod)) gone.add(uid);
    }
    return gone;
  }

  /** A pod that is not in the copy may be a new one that the scheduler is at work on. */
  private askFor(name: string, namespace: string | undefined): Promise<Pod | undefined> {
    return this.podClient.get(name, namespace).catch((error: unknown) => {
      if (isNotFound(error)) return undefined;
      throw error;
    });
  }

  /** A pod that is not in the copy is the garbage collector's. */
  private isOwnerDone(claim: ReadClaim): boolean {
    const owner = owningPod(claim);
    const pod = owner && this.pods.lister.get(claim.metadata.namespace ?? '', owner.name);
    return pod !== undefined && (pod.metadata.uid !== owner?.uid || isPodDone(pod));
  }
}
