import { Injectable } from '@nestjs/common';
import { controllerOf, type DeepReadonly, type PersistentVolumeClaim, type Pod, type Volume } from '@nestor/api';
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

type ObservedPod = DeepReadonly<Pod>;
type ObservedVolume = DeepReadonly<Volume>;

/** Makes the claims of generic ephemeral volumes; the garbage collector takes them with their pods. Keys are pods. */
@Reconciler({ name: 'ephemeral-volume-controller' })
@Injectable()
export class EphemeralVolumeReconciler implements ReconcilesObjects {
  private readonly pods: Informer<Pod>;
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly client: ResourceClient<PersistentVolumeClaim>;
  private readonly recorder: EventRecorder;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.pods = informers.informer(refs.pods);
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.client = client.resource(refs.persistentVolumeClaims);
    this.recorder = recorder.as('ephemeral_volume');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    on(refs.pods, {
      added: ({ metadata, spec }) => {
        if (metadata.deletionTimestamp || !spec?.volumes?.some(({ ephemeral }) => ephemeral)) return;
        enqueue(keyOf(metadata.namespace, metadata.name ?? ''));
      },
    });
    // A claim that went while its pod is there is made again.
    on(refs.persistentVolumeClaims, {
      deleted: (claim) => {
        const owner = controllerOf(claim);
        if (owner?.kind === 'Pod') enqueue(keyOf(claim.metadata.namespace, owner.name));
      },
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<void> {
    const pod = this.pods.lister.get(namespace, name);
    if (!pod || pod.metadata.deletionTimestamp) return;
    for (const volume of pod.spec?.volumes ?? []) {
      try {
        await this.ensureClaim(pod, volume);
      } catch (error) {
        const text = `ephemeral volume ${volume.name}: ${(error as Error).message}`;
        this.recorder.event(pod, 'Warning', 'FailedBinding', text);
        throw error;
      }
    }
  }

  private async ensureClaim(pod: ObservedPod, volume: ObservedVolume): Promise<void> {
    if (!volume.ephemeral) return;
    const { namespace, name } = pod.metadata;
    const known = this.claims.lister.get(namespace ?? '', `${name}-${volume.name}`);
    if (!known) {
      const claim = claimFor(pod, volume);
      await this.client.create(claim).catch((error: Error) => {
        throw new Error(`create PVC ${claim.metadata.name}: ${error.message}`, { cause: error });
      });
    } else if (controllerOf(known)?.uid !== pod.metadata.uid) {
      const what = `PVC ${namespace}/${known.metadata.name} was not created for pod ${namespace}/${name}`;
      throw new Error(`${what} (pod is not owner)`);
    }
  }
}

function claimFor({ metadata }: ObservedPod, { name, ephemeral }: ObservedVolume): PersistentVolumeClaim {
  const template = ephemeral?.volumeClaimTemplate;
  const { labels, annotations } = template?.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: `${metadata.name}-${name}`,
      namespace: metadata.namespace,
      labels,
      annotations,
      ownerReferences: [
        {
          apiVersion: 'v1',
          kind: 'Pod',
          name: metadata.name ?? '',
          uid: metadata.uid ?? '',
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    },
    spec: template?.spec,
  } as PersistentVolumeClaim;
}
