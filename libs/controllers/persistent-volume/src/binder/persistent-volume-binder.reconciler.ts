import { Inject, Injectable } from '@nestjs/common';
import { classOf, volumeClassOf, type PersistentVolume, type PersistentVolumeClaim, type Pod } from '@nestor/api';
import { EventRecorder, InformerFactory, KubernetesClient, keyOf, refs, type Informer } from '@nestor/client';
import {
  Reconciler,
  isPodFinished,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { VOLUME_OPTIONS, type VolumeOptions } from '../persistent-volume.options';
import { claimsOf, indexByClaim } from '../pods/claims-of-pod';
import { HostPathProvisioner } from '../provision/host-path-provisioner';
import { Provisioning } from '../provision/provisioning';
import { Reclaimer } from '../reclaim/reclaimer';
import { recyclerNamespace, recyclerPodName } from '../reclaim/recycler-pod';
import { bindCompleted } from './annotations';
import { Bindings } from './bindings';
import { ClaimSync } from './claim-sync';
import { DefaultClass } from './default-class';
import type { ObservedClaim, ObservedVolume } from './match-volume';
import { VolumeSync } from './volume-sync';

const waitingIndex = 'waitingClaimsByClass';
const recyclerPrefix = recyclerPodName('');

const claimKey = ({ metadata }: ObservedClaim): string => keyOf(metadata.namespace, metadata.name ?? '');

/**
 * Joins claims and volumes (pkg/controller/volume/persistentvolume). Keys are "namespace/name" of claims and bare names
 * of volumes; one is worked on at a time, so that two claims never take one volume.
 */
@Reconciler({ name: 'persistentvolume-binder-controller', concurrency: 1 })
@Injectable()
export class PersistentVolumeBinderReconciler implements ReconcilesObjects {
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly pods: Informer<Pod>;
  private readonly bindings: Bindings;
  private readonly claimSync: ClaimSync;
  private readonly volumeSync: VolumeSync;
  private enqueue: (key: string) => void = () => undefined;

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Inject(VOLUME_OPTIONS) { enableHostPathProvisioner }: VolumeOptions,
  ) {
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.claims.addIndex(waitingIndex, waitingClass);
    this.volumes = informers.informer(refs.persistentVolumes);
    this.pods = informers.informer(refs.pods);
    indexByClaim(this.pods);
    const classes = informers.informer(refs.storageClasses).lister;
    const claimClient = client.resource(refs.persistentVolumeClaims);
    const volumeClient = client.resource(refs.persistentVolumes);
    const bindings = new Bindings(claimClient, volumeClient, recorder.as('persistentvolume-controller'));
    this.bindings = bindings;
    const hostPath = new HostPathProvisioner(enableHostPathProvisioner ?? false, bindings, volumeClient);
    this.claimSync = new ClaimSync({
      bindings,
      classes,
      volumes: this.volumes.lister,
      pods: this.pods,
      provisioning: new Provisioning({ bindings, classes, claimClient, hostPath }),
      defaultClass: new DefaultClass(classes, claimClient),
    });
    this.volumeSync = new VolumeSync({
      bindings,
      claims: this.claims.lister,
      claimClient,
      reclaimer: new Reclaimer({
        bindings,
        volumeClient,
        pods: this.pods,
        podClient: client.resource(refs.pods),
        isBound: (key) => this.isBound(key),
      }),
      enqueueClaim: (claim) => this.enqueue(claimKey(claim)),
    });
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.bindings.forget();
    this.enqueue = enqueue;
    const claimChanged = (claim: ObservedClaim): void => {
      enqueue(claimKey(claim));
      if (claim.spec?.volumeName) enqueue(claim.spec.volumeName);
    };
    on(refs.persistentVolumeClaims, {
      added: claimChanged,
      updated: claimChanged,
      deleted: (claim) => {
        claimChanged(claim);
        // A volume may be kept for a claim that never came to name it.
        for (const { metadata, spec } of this.volumes.lister.list())
          if (spec?.claimRef?.uid === claim.metadata.uid) enqueue(metadata.name ?? '');
      },
    });
    const volumeChanged = (volume: ObservedVolume): void => {
      enqueue(volume.metadata.name ?? '');
      const { namespace, name } = volume.spec?.claimRef ?? {};
      if (name) enqueue(keyOf(namespace, name));
      else if (volume.status?.phase === 'Available') this.wakeWaiting(volumeClassOf(volume));
    };
    on(refs.persistentVolumes, { added: volumeChanged, updated: volumeChanged, deleted: volumeChanged });
    on(refs.storageClasses, {
      added: ({ metadata }) => ['', metadata.name ?? ''].forEach((name) => this.wakeWaiting(name)),
      updated: () => this.wakeWaiting(''),
    });
    on(refs.pods, {
      added: (pod) => this.podChanged(pod),
      updated: (pod) => this.podChanged(pod),
      deleted: (pod) => this.podChanged(pod),
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    if (namespace === '') {
      const volume = this.volumes.lister.get('', name);
      return volume && this.volumeSync.sync(volume);
    }
    const claim = this.claims.lister.get(namespace, name);
    if (claim) await this.claimSync.sync(claim);
  }

  private isBound(key: string): boolean {
    const [namespace = '', name = ''] = key.split('/');
    return this.claims.lister.get(namespace, name) !== undefined;
  }

  private wakeWaiting(className: string): void {
    for (const claim of this.claims.lister.byIndex(waitingIndex, className)) this.enqueue(claimKey(claim));
  }

  /** A recycler pod that has ended; and pods that wait for a claim, which its events name. */
  private podChanged(pod: Parameters<typeof claimsOf>[0]): void {
    const { namespace, name = '' } = pod.metadata;
    if (namespace === recyclerNamespace && name.startsWith(recyclerPrefix))
      this.enqueue(name.slice(recyclerPrefix.length));
    if (pod.spec?.nodeName || isPodFinished(pod)) return;
    for (const key of claimsOf(pod)) this.enqueue(key);
  }
}

function waitingClass(claim: ObservedClaim): string[] {
  return claim.metadata.annotations?.[bindCompleted] ? [] : [classOf(claim) ?? ''];
}
