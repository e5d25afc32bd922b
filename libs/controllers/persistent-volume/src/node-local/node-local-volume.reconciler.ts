import { Injectable } from '@nestjs/common';
import {
  classOf,
  isAlreadyExists,
  isNotFound,
  nodeLocalProvisioner,
  volumesToReclaim,
  type DeepReadonly,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
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
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';
import { selectedNode, storageProvisioner } from '../binder/annotations';
import type { ObservedClaim, ObservedVolume } from '../binder/match-volume';
import { provisionedName } from '../provision/provisioned-volume';
import { wantsMore } from '../expand/volume-expander.reconciler';
import { chooseNode, isAllowed, keepsVolumes, type ObservedNode } from './choose-node';
import { hostOf, isHost, isNodeLocal, nodeLocalVolume, unsuitable } from './node-local-volume';
import { ResizeNodeLocal } from './resize-node-local';
import { ReclaimNodeLocal } from './reclaim-node-local';

/**
 * The provisioner behind the StorageClass of `nestor up` (docs/adr/0012). It works as external provisioners do: claims
 * name it, and it creates volumes that are kept for them. Keys are "namespace/name" of claims and bare names of volumes.
 */
@Reconciler({ name: 'node-local-volume-controller', concurrency: 1 })
@Injectable()
export class NodeLocalVolumeReconciler implements ReconcilesObjects {
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly classes: Informer<StorageClass>;
  private readonly nodes: Informer<Node>;
  private readonly claimClient: ResourceClient<PersistentVolumeClaim>;
  private readonly volumeClient: ResourceClient<PersistentVolume>;
  private readonly nodeClient: ResourceClient<Node>;
  private readonly recorder: EventRecorder;
  private readonly reclaimer: ReclaimNodeLocal;
  private readonly resizer: ResizeNodeLocal;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.volumes = informers.informer(refs.persistentVolumes);
    this.classes = informers.informer(refs.storageClasses);
    this.nodes = informers.informer(refs.nodes);
    this.claimClient = client.resource(refs.persistentVolumeClaims);
    this.volumeClient = client.resource(refs.persistentVolumes);
    this.recorder = recorder.as(nodeLocalProvisioner);
    this.resizer = new ResizeNodeLocal({
      volumes: this.volumes.lister,
      volumeClient: this.volumeClient,
      claimClient: this.claimClient,
      recorder: this.recorder,
    });
    this.nodeClient = client.resource(refs.nodes);
    this.reclaimer = new ReclaimNodeLocal({
      nodes: this.nodes.lister,
      nodeClient: this.nodeClient,
      volumes: this.volumeClient,
    });
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    const claimChanged = (claim: ObservedClaim): void => {
      if (isOurs(claim) || wantsMore(claim)) enqueue(keyOf(claim.metadata.namespace, claim.metadata.name ?? ''));
    };
    on(refs.persistentVolumeClaims, { added: claimChanged, updated: claimChanged });
    const volumeChanged = (volume: ObservedVolume): void => {
      if (isNodeLocal(volume)) enqueue(volume.metadata.name ?? '');
    };
    on(refs.persistentVolumes, { added: volumeChanged, updated: volumeChanged });
    on(refs.nodes, {
      added: () => this.claims.lister.list().forEach(claimChanged),
      updated: ({ metadata }, old) => {
        const left = new Set(volumesToReclaim(metadata.annotations));
        for (const name of volumesToReclaim(old.metadata.annotations)) if (!left.has(name)) enqueue(name);
      },
      deleted: (node) => {
        for (const volume of this.volumes.lister.list()) if (isHost(node, hostOf(volume))) volumeChanged(volume);
      },
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<void> {
    if (namespace === '') {
      const volume = this.volumes.lister.get('', name);
      if (volume) await this.reclaimer.reclaim(volume);
      return;
    }
    const claim = this.claims.lister.get(namespace, name);
    if (claim && isOurs(claim)) await this.provision(claim);
    else if (claim && wantsMore(claim)) await this.resizer.resize(claim);
  }

  private async provision(claim: ObservedClaim): Promise<void> {
    if (this.volumes.lister.get('', provisionedName(claim))) return;
    const storageClass = this.classes.lister.get('', classOf(claim) ?? '');
    if (storageClass?.provisioner !== nodeLocalProvisioner) return;
    const chosen = claim.metadata.annotations?.[selectedNode];
    const waits = storageClass.volumeBindingMode === 'WaitForFirstConsumer';
    if (waits && !chosen) return;
    const problem = unsuitable(claim);
    if (problem) return this.fail(claim, storageClass, problem);
    const node = chosen ? await this.find(chosen) : this.leastLoaded(storageClass);
    if (!node || !keepsVolumes(node) || !isAllowed(node, storageClass.allowedTopologies)) {
      const why = chosen ? `node "${chosen}" keeps no volumes of this class` : 'no node keeps volumes of this class';
      this.fail(claim, storageClass, why);
      return this.reschedule(claim);
    }
    await this.create(claim, nodeLocalVolume(claim, storageClass, node));
  }

  /** A node that was chosen the moment it came may not be in the cache yet. */
  private async find(node: string): Promise<ObservedNode | undefined> {
    return (
      this.nodes.lister.get('', node) ??
      (await this.nodeClient.get(node).catch((error: unknown) => {
        if (isNotFound(error)) return undefined;
        throw error;
      }))
    );
  }

  private async create(claim: ObservedClaim, volume: PersistentVolume): Promise<void> {
    const key = keyOf(claim.metadata.namespace, claim.metadata.name ?? '');
    const text = `External provisioner is provisioning volume for claim "${key}"`;
    this.recorder.event(claim, 'Normal', 'Provisioning', text);
    try {
      await this.volumeClient.create(volume);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return;
    }
    const done = `Successfully provisioned volume ${volume.metadata.name}`;
    this.recorder.event(claim, 'Normal', 'ProvisioningSucceeded', done);
  }

  private leastLoaded(storageClass: DeepReadonly<StorageClass>): DeepReadonly<Node> | undefined {
    const volumesOn = new Map<string, number>();
    for (const volume of this.volumes.lister.list().filter(isNodeLocal))
      volumesOn.set(hostOf(volume), (volumesOn.get(hostOf(volume)) ?? 0) + 1);
    return chooseNode(this.nodes.lister.list(), storageClass.allowedTopologies, volumesOn);
  }

  private fail(claim: ObservedClaim, { metadata }: DeepReadonly<StorageClass>, why: string): void {
    const text = `failed to provision volume with StorageClass "${metadata.name}": ${why}`;
    this.recorder.event(claim, 'Warning', 'ProvisioningFailed', text);
  }

  /** The scheduler is to choose again, unless it just did: then the version differs and the conflict leads to a retry. */
  private async reschedule({ metadata }: ObservedClaim): Promise<void> {
    if (!metadata.annotations?.[selectedNode]) return;
    const { name = '', namespace, uid, resourceVersion } = metadata;
    const annotations = { [selectedNode]: null };
    await this.claimClient.patch(name, namespace, 'merge', { metadata: { uid, resourceVersion, annotations } });
  }
}

const isOurs = ({ metadata, spec }: ObservedClaim): boolean =>
  metadata.annotations?.[storageProvisioner] === nodeLocalProvisioner &&
  !spec?.volumeName &&
  !metadata.deletionTimestamp;
