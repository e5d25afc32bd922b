import { Inject, Injectable } from '@nestjs/common';
import {
  controllerManagedAttach,
  isAlreadyExists,
  isNotFound,
  semanticEqual,
  type CsiDriver,
  type DeepReadonly,
  type Node,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
  type VolumeAttachment,
} from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  keyOf,
  refs,
  splitKey,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Reconciler,
  isPodFinished,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { VOLUME_OPTIONS, type VolumeOptions } from '../persistent-volume.options';
import { claimsOf, indexByClaim, usersOf } from '../pods/claims-of-pod';
import { planAttachments, type AttachPlan, type WantedVolume } from './attach-detach.plan';
import { multiAttachMessage } from './multi-attach-message';

const podIndex = 'podsWithClaimsByNode';
const attachmentIndex = 'attachmentsByNode';
const volumeIndex = 'attachmentsByVolume';
const waitMs = 5000;

/** Attaches the volumes of CSI drivers to the nodes of the pods that need them, and detaches them after. Keys are nodes. */
@Reconciler({ name: 'persistentvolume-attach-detach-controller' })
@Injectable()
export class AttachDetachReconciler implements ReconcilesObjects {
  private readonly pods: Informer<Pod>;
  private readonly claims: Informer<PersistentVolumeClaim>;
  private readonly volumes: Informer<PersistentVolume>;
  private readonly nodes: Informer<Node>;
  private readonly attachments: Informer<VolumeAttachment>;
  private readonly drivers: Informer<CsiDriver>;
  private readonly client: ResourceClient<VolumeAttachment>;
  private readonly nodeClient: ResourceClient<Node>;
  private readonly recorder: EventRecorder;
  private readonly unneededSince = new Map<string, number>();
  /** Of pods that wait for another node: told once. */
  private readonly told = new Set<string>();

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Inject(VOLUME_OPTIONS) private readonly options: VolumeOptions,
  ) {
    this.pods = informers.informer(refs.pods);
    indexByClaim(this.pods);
    this.pods.addIndex(podIndex, nodeOfUser);
    this.claims = informers.informer(refs.persistentVolumeClaims);
    this.volumes = informers.informer(refs.persistentVolumes);
    this.nodes = informers.informer(refs.nodes);
    this.attachments = informers.informer(refs.volumeAttachments);
    this.attachments.addIndex(attachmentIndex, ({ spec }) => [spec.nodeName]);
    this.attachments.addIndex(volumeIndex, ({ spec }) => [spec.source.persistentVolumeName ?? '']);
    this.drivers = informers.informer(refs.csiDrivers);
    this.client = client.resource(refs.volumeAttachments);
    this.nodeClient = client.resource(refs.nodes);
    this.recorder = recorder.as('attachdetach-controller');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    this.unneededSince.clear();
    const podChanged = (pod: DeepReadonly<Pod>): void => {
      if (pod.spec?.nodeName && claimsOf(pod).length > 0) enqueue(pod.spec.nodeName);
    };
    on(refs.pods, {
      added: podChanged,
      updated: (pod, old) => {
        if (pod.spec?.nodeName !== old.spec?.nodeName || isPodFinished(pod) !== isPodFinished(old)) podChanged(pod);
      },
      deleted: (pod) => {
        this.told.delete(pod.metadata.uid ?? '');
        podChanged(pod);
      },
    });
    on(refs.persistentVolumeClaims, {
      updated: (claim, old) => {
        if (claim.spec?.volumeName === old.spec?.volumeName && claim.status?.phase === old.status?.phase) return;
        usersOf(this.pods, keyOf(claim.metadata.namespace, claim.metadata.name ?? '')).forEach(podChanged);
      },
    });
    const attachmentChanged = ({ spec }: DeepReadonly<VolumeAttachment>): void => enqueue(spec.nodeName);
    on(refs.volumeAttachments, {
      added: attachmentChanged,
      updated: (attachment, old) => {
        attachmentChanged(attachment);
        this.tellOutcome(attachment, old);
      },
      deleted: (attachment) => {
        this.unneededSince.delete(attachment.metadata.name ?? '');
        attachmentChanged(attachment);
        // Others may wait for it.
        for (const pod of this.usersOfVolume(attachment.spec.source.persistentVolumeName ?? '')) podChanged(pod);
      },
    });
    on(refs.nodes, {
      updated: (node, old) => {
        if (changesAttachments(node, old)) enqueue(node.metadata.name ?? '');
      },
      deleted: ({ metadata }) => enqueue(metadata.name ?? ''),
    });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const node = this.nodes.lister.get('', name);
    const attachments = this.attachments.lister.byIndex(attachmentIndex, name);
    const wanted = node?.metadata.annotations?.[controllerManagedAttach] ? this.wantedOn(name) : [];
    if (attachments.length === 0 && wanted.length === 0 && !node?.status?.volumesAttached?.length) return;
    const plan = planAttachments(
      {
        nodeName: name,
        node,
        wanted,
        attachments,
        elsewhere: (volume) =>
          this.attachments.lister.byIndex(volumeIndex, volume).filter(({ spec }) => spec.nodeName !== name),
        unneededSince: this.unneededSince,
        forceOnTimeout: !this.options.disableForceDetachOnTimeout,
      },
      Date.now(),
    );
    this.noteUnneeded(plan, attachments);
    if (node) await this.report(node, plan);
    for (const { metadata } of plan.detach) await this.detach(metadata.name ?? '');
    for (const attachment of plan.attach) await this.attach(attachment);
    for (const { wanted: one } of plan.blocked) this.tellBlocked(one, name);
    return plan.waits ? { requeueAfter: waitMs } : undefined;
  }

  private wantedOn(nodeName: string): WantedVolume[] {
    const found = new Map<string, WantedVolume>();
    for (const pod of this.pods.lister.byIndex(podIndex, nodeName)) {
      for (const volume of claimsOf(pod).flatMap((key) => this.attachable(key))) {
        const volumeName = volume.metadata.name ?? '';
        const wanted = found.get(volumeName) ?? { volume, pods: [] };
        wanted.pods.push(pod);
        found.set(volumeName, wanted);
      }
    }
    return [...found.values()];
  }

  private attachable(key: string): DeepReadonly<PersistentVolume>[] {
    const { namespace, name } = splitKey(key);
    const claim = this.claims.lister.get(namespace, name);
    if (claim?.status?.phase !== 'Bound') return [];
    const volume = this.volumes.lister.get('', claim.spec?.volumeName ?? '');
    if (!volume?.spec?.csi || volume.spec.claimRef?.uid !== claim.metadata.uid) return [];
    const driver = this.drivers.lister.get('', volume.spec.csi.driver);
    return driver?.spec.attachRequired === false ? [] : [volume];
  }

  private usersOfVolume(volumeName: string): DeepReadonly<Pod>[] {
    const { claimRef } = this.volumes.lister.get('', volumeName)?.spec ?? {};
    return claimRef ? usersOf(this.pods, keyOf(claimRef.namespace, claimRef.name ?? '')) : [];
  }

  private noteUnneeded({ unneeded }: AttachPlan, attachments: readonly DeepReadonly<VolumeAttachment>[]): void {
    for (const { metadata } of attachments) {
      const name = metadata.name ?? '';
      if (!unneeded.includes(name)) this.unneededSince.delete(name);
      else if (!this.unneededSince.has(name)) this.unneededSince.set(name, Date.now());
    }
  }

  private async report({ metadata, status }: DeepReadonly<Node>, { attached }: AttachPlan): Promise<void> {
    if (semanticEqual(status?.volumesAttached ?? [], attached)) return;
    const patch = { status: { volumesAttached: attached } };
    await this.nodeClient.patch(metadata.name ?? '', undefined, 'merge', patch, { subresource: 'status' });
  }

  private async attach(attachment: VolumeAttachment): Promise<void> {
    try {
      await this.client.create(attachment);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
  }

  private async detach(name: string): Promise<void> {
    try {
      await this.client.delete(name);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private tellBlocked({ volume, pods }: WantedVolume, nodeName: string): void {
    const { name = '' } = volume.metadata;
    const users = this.usersOfVolume(name).filter(({ spec }) => spec?.nodeName && spec.nodeName !== nodeName);
    for (const pod of pods) {
      if (this.told.has(pod.metadata.uid ?? '')) continue;
      this.told.add(pod.metadata.uid ?? '');
      this.recorder.event(pod, 'Warning', 'FailedAttachVolume', multiAttachMessage(name, pod, users));
    }
  }

  private tellOutcome(attachment: DeepReadonly<VolumeAttachment>, old: DeepReadonly<VolumeAttachment>): void {
    const { status, spec } = attachment;
    const volumeName = spec.source.persistentVolumeName ?? '';
    const here = () => this.usersOfVolume(volumeName).filter((pod) => pod.spec?.nodeName === spec.nodeName);
    if (status?.attached && !old.status?.attached) {
      const text = `AttachVolume.Attach succeeded for volume "${volumeName}" `;
      for (const pod of here()) this.recorder.event(pod, 'Normal', 'SuccessfulAttachVolume', text);
    }
    const failure = status?.attachError;
    if (status?.attached || !failure || failure.time === old.status?.attachError?.time) return;
    const text = `AttachVolume.Attach failed for volume "${volumeName}" : ${failure.message ?? ''}`;
    for (const pod of here()) this.recorder.event(pod, 'Warning', 'FailedAttachVolume', text);
  }
}

function nodeOfUser(pod: DeepReadonly<Pod>): string[] {
  return pod.spec?.nodeName && !isPodFinished(pod) && claimsOf(pod).length > 0 ? [pod.spec.nodeName] : [];
}

function changesAttachments(node: DeepReadonly<Node>, old: DeepReadonly<Node>): boolean {
  return (
    node.spec?.taints !== old.spec?.taints ||
    !semanticEqual(node.status?.volumesInUse ?? [], old.status?.volumesInUse ?? []) ||
    node.metadata.annotations?.[controllerManagedAttach] !== old.metadata.annotations?.[controllerManagedAttach]
  );
}
