import { Injectable } from '@nestjs/common';
import { classOf, type PersistentVolume, type PersistentVolumeClaim, type StorageClass } from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';
import {
  betaStorageProvisioner,
  bindCompleted,
  boundByController,
  selectedNode,
  storageProvisioner,
} from './annotations';
import { isFor, matchVolume, satisfies, type ObservedClaim, type ObservedVolume } from './match-volume';

const noProvisioner = 'kubernetes.io/no-provisioner';

/**
 * Joins claims and volumes (pkg/controller/volume/persistentvolume). Keys are "namespace/name" of claims and bare names
 * of volumes; one is worked on at a time, so that two claims never take one volume.
 */
@Reconciler({ name: 'persistentvolume-binder-controller', concurrency: 1 })
@Injectable()
export class PersistentVolumeBinderReconciler implements ReconcilesObjects {
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly classes: Informer<StorageClass>;
  private readonly claimClient: ResourceClient<PersistentVolumeClaim>;
  private readonly volumeClient: ResourceClient<PersistentVolume>;
  private readonly recorder: EventRecorder;
  /** Volumes taken by a write that the informer does not show yet: its revision by name. */
  private readonly taken = new Map<string, number>();

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.volumes = informers.informer(refs.persistentVolumes);
    this.classes = informers.informer(refs.storageClasses);
    this.claimClient = client.resource(refs.persistentVolumeClaims);
    this.volumeClient = client.resource(refs.persistentVolumes);
    this.recorder = recorder.as('persistentvolume-controller');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.taken.clear();
    const claimKey = ({ metadata }: ObservedClaim): string => `${metadata.namespace}/${metadata.name}`;
    const waiting = (): void => {
      for (const claim of this.claims.lister.list()) if (claim.status?.phase !== 'Bound') enqueue(claimKey(claim));
    };
    const claimChanged = (claim: ObservedClaim): void => {
      enqueue(claimKey(claim));
      if (claim.spec?.volumeName) enqueue(claim.spec.volumeName);
    };
    on(refs.persistentVolumeClaims, { added: claimChanged, updated: claimChanged, deleted: claimChanged });
    const volumeChanged = (volume: ObservedVolume): void => {
      enqueue(volume.metadata.name ?? '');
      const { namespace, name } = volume.spec?.claimRef ?? {};
      if (name) enqueue(`${namespace}/${name}`);
      else waiting();
    };
    on(refs.persistentVolumes, { added: volumeChanged, updated: volumeChanged, deleted: volumeChanged });
    on(refs.storageClasses, { added: waiting });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<void> {
    if (namespace === '') {
      const volume = this.volumes.lister.get('', name);
      if (volume) await this.syncVolume(volume);
      return;
    }
    const claim = this.claims.lister.get(namespace, name);
    if (!claim) return;
    if (claim.metadata.annotations?.[bindCompleted]) await this.syncBound(claim);
    else if (claim.spec?.volumeName) await this.syncNamed(claim, claim.spec.volumeName);
    else await this.syncUnbound(claim);
  }

  private async syncUnbound(claim: ObservedClaim): Promise<void> {
    if (claim.metadata.deletionTimestamp) return;
    const className = classOf(claim) ?? '';
    const storageClass = className ? this.classes.lister.get('', className) : undefined;
    const waits =
      storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && !claim.metadata.annotations?.[selectedNode];
    const free = this.volumes.lister.list().filter((volume) => !this.isTaken(volume));
    const volume = waits ? free.find((one) => one.spec?.claimRef && isFor(one, claim)) : matchVolume(free, claim);
    if (volume) return this.bind(volume, claim);
    if (waits) {
      const text = 'waiting for first consumer to be created before binding';
      return this.say(claim, 'Normal', 'WaitForFirstConsumer', text);
    }
    if (className === '') {
      const text = 'no persistent volumes available for this claim and no storage class is set';
      return this.say(claim, 'Normal', 'FailedBinding', text);
    }
    if (!storageClass)
      return this.say(claim, 'Warning', 'ProvisioningFailed', `storageclass.storage.k8s.io "${className}" not found`);
    await this.askProvisioner(claim, storageClass.provisioner ?? '');
  }

  /** Provisioners are programs of their own: they look for claims that bear their name. */
  private async askProvisioner(claim: ObservedClaim, provisioner: string): Promise<void> {
    if (provisioner === noProvisioner) return;
    if (claim.metadata.annotations?.[storageProvisioner] !== provisioner) {
      const annotations = { [storageProvisioner]: provisioner, [betaStorageProvisioner]: provisioner };
      const { name = '', namespace, uid } = claim.metadata;
      await this.claimClient.patch(name, namespace, 'merge', { metadata: { uid, annotations } });
    }
    this.say(
      claim,
      'Normal',
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
  }

  /** A claim that names its volume. */
  private async syncNamed(claim: ObservedClaim, volumeName: string): Promise<void> {
    const volume = this.volumes.lister.get('', volumeName);
    if (!volume) return this.setClaimPhase(claim, 'Pending');
    if (volume.spec?.claimRef && !isFor(volume, claim)) {
      await this.setClaimPhase(claim, 'Pending');
      return this.say(claim, 'Warning', 'FailedBinding', `volume "${volumeName}" already bound to a different claim.`);
    }
    if (!volume.spec?.claimRef && !satisfies(volume, claim)) {
      await this.setClaimPhase(claim, 'Pending');
      const text = `Cannot bind to requested volume "${volumeName}": requested PV does not satisfy the claim`;
      return this.say(claim, 'Warning', 'VolumeMismatch', text);
    }
    await this.bind(volume, claim);
  }

  private async syncBound(claim: ObservedClaim): Promise<void> {
    const { volumeName } = claim.spec ?? {};
    if (!volumeName)
      return this.lose(
        claim,
        'ClaimLost',
        'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!',
      );
    const volume = this.volumes.lister.get('', volumeName);
    if (!volume)
      return this.lose(claim, 'ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    if (volume.spec?.claimRef && !isFor(volume, claim))
      return this.lose(
        claim,
        'ClaimMisbound',
        'Two claims are bound to the same volume, this one is bound incorrectly',
      );
    await this.bind(volume, claim);
  }

  private async syncVolume(volume: ObservedVolume): Promise<void> {
    const { claimRef } = volume.spec ?? {};
    if (!claimRef?.uid) return this.setVolumePhase(volume, 'Available');
    const claim = this.claims.lister.get(claimRef.namespace ?? '', claimRef.name ?? '');
    if (claim?.metadata.uid !== claimRef.uid) {
      // A claim made after this copy may be the one: only what the API server says counts as gone.
      const fresh = await this.claimClient.get(claimRef.name ?? '', claimRef.namespace).catch(() => undefined);
      if (fresh?.metadata.uid !== claimRef.uid) await this.setVolumePhase(volume, 'Released');
      return;
    }
    if (claim.spec?.volumeName === volume.metadata.name) await this.setVolumePhase(volume, 'Bound');
    else if (claim.spec?.volumeName && volume.metadata.annotations?.[boundByController]) await this.unbind(volume);
  }

  /** Both objects get to name each other, the volume first: a break in between is mended by the next look. */
  private async bind(observed: ObservedVolume, claim: ObservedClaim): Promise<void> {
    const { name = '' } = observed.metadata;
    let volume = observed;
    if (volume.spec?.claimRef?.uid !== claim.metadata.uid) {
      const { namespace, name: claimName, uid, resourceVersion } = claim.metadata;
      const claimRef = {
        kind: 'PersistentVolumeClaim',
        apiVersion: 'v1',
        namespace,
        name: claimName,
        uid,
        resourceVersion,
      };
      const own = volume.spec?.claimRef ? {} : { [boundByController]: 'yes' };
      const metadata = { ...volume.metadata, annotations: { ...volume.metadata.annotations, ...own } };
      volume = await this.volumeClient.update({
        ...volume,
        metadata,
        spec: { ...volume.spec, claimRef },
      } as PersistentVolume);
      this.taken.set(name, Number(volume.metadata.resourceVersion));
    }
    await this.setVolumePhase(volume, 'Bound');
    await this.bindClaim(claim, volume);
  }

  private async bindClaim(observed: ObservedClaim, volume: ObservedVolume): Promise<void> {
    let claim = observed;
    const { annotations } = claim.metadata;
    if (claim.spec?.volumeName !== volume.metadata.name || !annotations?.[bindCompleted]) {
      const own = claim.spec?.volumeName ? {} : { [boundByController]: 'yes' };
      const metadata = { ...claim.metadata, annotations: { ...annotations, ...own, [bindCompleted]: 'yes' } };
      const spec = { ...claim.spec, volumeName: volume.metadata.name };
      claim = await this.claimClient.update({ ...claim, metadata, spec } as PersistentVolumeClaim);
    }
    if (claim.status?.phase === 'Bound') return;
    const { accessModes, capacity } = volume.spec ?? {};
    const status = { ...claim.status, phase: 'Bound', accessModes, capacity };
    await this.claimClient.updateStatus({ ...claim, status } as PersistentVolumeClaim);
  }

  /** A volume that was taken for a claim which took another. */
  private async unbind(volume: ObservedVolume): Promise<void> {
    const { [boundByController]: _own, ...annotations } = volume.metadata.annotations ?? {};
    const spec = { ...volume.spec, claimRef: undefined };
    await this.volumeClient.update({
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec,
    } as PersistentVolume);
  }

  private async lose(claim: ObservedClaim, reason: string, message: string): Promise<void> {
    if (claim.status?.phase === 'Lost') return;
    await this.setClaimPhase(claim, 'Lost');
    this.say(claim, 'Warning', reason, message);
  }

  private async setClaimPhase(claim: ObservedClaim, phase: string): Promise<void> {
    if (claim.status?.phase === phase) return;
    await this.claimClient.updateStatus({ ...claim, status: { ...claim.status, phase } } as PersistentVolumeClaim);
  }

  private async setVolumePhase(volume: ObservedVolume, phase: string): Promise<void> {
    if (volume.status?.phase === phase) return;
    const written = await this.volumeClient.updateStatus({
      ...volume,
      status: { ...volume.status, phase },
    } as PersistentVolume);
    if (this.taken.has(volume.metadata.name ?? ''))
      this.taken.set(volume.metadata.name ?? '', Number(written.metadata.resourceVersion));
  }

  private isTaken({ metadata }: ObservedVolume): boolean {
    const since = this.taken.get(metadata.name ?? '');
    if (since === undefined) return false;
    if (Number(metadata.resourceVersion) < since) return true;
    this.taken.delete(metadata.name ?? '');
    return false;
  }

  private say(claim: ObservedClaim, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.recorder.event(claim, type, reason, message);
  }
}
