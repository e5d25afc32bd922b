import { createHash } from 'node:crypto';
import {
  attachmentName,
  type CsiDriver,
  type DeepReadonly,
  type PersistentVolume,
  type Pod,
  type Volume,
} from '@nestor/api';
import type { CsiAccessMode, CsiNodeCapability, CsiVolumeCapability } from '@nestor/csi';
import type { ClaimedVolume } from '../claims/claimed-volume';

interface SecretReference {
  readonly name?: string;
  readonly namespace?: string;
}

/** A volume of a CSI driver, whether it comes by a claim or stands in the pod itself. */
export interface CsiSource {
  /** What the pod calls it. */
  podVolume: string;
  /** The name of the PersistentVolume, or of the pod's volume. */
  name: string;
  driver: string;
  handle: string;
  mode: 'Persistent' | 'Ephemeral';
  isBlock: boolean;
  readOnly: boolean;
  fsType: string;
  mountOptions: readonly string[];
  attributes: Readonly<Record<string, string>>;
  accessModes: readonly string[];
  stageSecret?: SecretReference;
  publishSecret?: SecretReference;
  expandSecret?: SecretReference;
  claimed?: ClaimedVolume;
}

export function sourceOfClaim(podVolume: string, claimed: ClaimedVolume): CsiSource | undefined {
  const { metadata, spec } = claimed.volume;
  if (!spec?.csi) return undefined;
  const { driver, volumeHandle, readOnly, fsType = '', volumeAttributes = {} } = spec.csi;
  return {
    podVolume,
    name: metadata.name ?? '',
    driver,
    handle: volumeHandle,
    mode: 'Persistent',
    isBlock: spec.volumeMode === 'Block',
    readOnly: claimed.readOnly || (readOnly ?? false),
    fsType,
    mountOptions: spec.mountOptions ?? [],
    attributes: volumeAttributes,
    accessModes: spec.accessModes ?? [],
    stageSecret: spec.csi.nodeStageSecretRef,
    publishSecret: spec.csi.nodePublishSecretRef,
    expandSecret: spec.csi.nodeExpandSecretRef,
    claimed,
  };
}

/** The handle of a volume that lives with its pod is made of the pod's uid and the volume's name. */
export function sourceInPod({ name, csi }: DeepReadonly<Volume>, pod: DeepReadonly<Pod>): CsiSource | undefined {
  if (!csi) return undefined;
  const { namespace, uid } = pod.metadata;
  return {
    podVolume: name,
    name,
    driver: csi.driver,
    handle: `csi-${createHash('sha256').update(`${uid}${name}`).digest('hex')}`,
    mode: 'Ephemeral',
    isBlock: false,
    readOnly: csi.readOnly ?? false,
    fsType: csi.fsType ?? '',
    mountOptions: [],
    attributes: csi.volumeAttributes ?? {},
    accessModes: [],
    publishSecret: csi.nodePublishSecretRef && { name: csi.nodePublishSecretRef.name, namespace },
  };
}

/** The VolumeAttachment to wait for; '' for drivers that need none. */
export function attachmentOf(source: CsiSource, driver: CsiDriver | undefined, nodeName: string): string {
  if (source.mode === 'Ephemeral' || driver?.spec.attachRequired === false) return '';
  return attachmentName(source.handle, source.driver, nodeName);
}

export function volumeCapability(
  source: CsiSource,
  capabilities: ReadonlySet<CsiNodeCapability>,
  mountGroup: string | undefined,
): CsiVolumeCapability {
  const { isBlock, fsType, mountOptions, accessModes } = source;
  const mode = accessModeOf(accessModes[0], capabilities.has('SINGLE_NODE_MULTI_WRITER'));
  if (isBlock) return { block: {}, accessMode: { mode } };
  const mount = { fsType, mountFlags: [...mountOptions], ...(mountGroup ? { volumeMountGroup: mountGroup } : {}) };
  return { mount, accessMode: { mode } };
}

function accessModeOf(mode: string | undefined, tellsWritersApart: boolean): CsiAccessMode {
  if (mode === 'ReadOnlyMany') return 'MULTI_NODE_READER_ONLY';
  if (mode === 'ReadWriteMany') return 'MULTI_NODE_MULTI_WRITER';
  if (!tellsWritersApart) return 'SINGLE_NODE_WRITER';
  return mode === 'ReadWriteOncePod' ? 'SINGLE_NODE_SINGLE_WRITER' : 'SINGLE_NODE_MULTI_WRITER';
}

/** What drivers that ask for it are told of the pod (podInfoOnMount). */
export function podAttributes(
  source: CsiSource,
  driver: CsiDriver | undefined,
  { metadata, spec }: DeepReadonly<Pod>,
): Record<string, string> {
  if (!driver?.spec.podInfoOnMount) return {};
  const prefix = 'csi.storage.k8s.io';
  return {
    [`${prefix}/pod.name`]: metadata.name ?? '',
    [`${prefix}/pod.namespace`]: metadata.namespace ?? '',
    [`${prefix}/pod.uid`]: metadata.uid ?? '',
    [`${prefix}/serviceAccount.name`]: spec?.serviceAccountName ?? '',
    [`${prefix}/ephemeral`]: String(source.mode === 'Ephemeral'),
  };
}

/** Whether fsGroup is for the kubelet to apply (supportsFSGroup). */
export function takesFsGroup(
  source: CsiSource,
  policy = 'ReadWriteOnceWithFSType',
  volume?: DeepReadonly<PersistentVolume>,
): boolean {
  if (source.isBlock || source.readOnly || policy === 'None') return false;
  if (policy === 'File') return true;
  return source.fsType !== '' && (volume?.spec?.accessModes ?? []).some((mode) => mode.startsWith('ReadWriteOnce'));
}
