import {
  attachmentName,
  csiVolumeName,
  type DeepReadonly,
  type Node,
  type PersistentVolume,
  type Pod,
  type VolumeAttachment,
} from '@nestor/api';

type ObservedNode = DeepReadonly<Node>;
type ObservedAttachment = DeepReadonly<VolumeAttachment>;

/** A volume that pods of the node need. */
export interface WantedVolume {
  volume: DeepReadonly<PersistentVolume>;
  pods: DeepReadonly<Pod>[];
}

export interface Observed {
  nodeName: string;
  node: ObservedNode | undefined;
  wanted: readonly WantedVolume[];
  /** Those of this node. */
  attachments: readonly ObservedAttachment[];
  /** By the name of the volume: where it is attached besides. */
  elsewhere(volumeName: string): readonly ObservedAttachment[];
  /** Since when each attachment, by name, is not needed any more. */
  unneededSince: ReadonlyMap<string, number>;
  /** After six minutes a node that is not healthy is not waited for. */
  forceOnTimeout: boolean;
}

export interface AttachPlan {
  attach: VolumeAttachment[];
  blocked: { wanted: WantedVolume; by: readonly ObservedAttachment[] }[];
  detach: ObservedAttachment[];
  unneeded: string[];
  /** node.status.volumesAttached, written before anything is detached. */
  attached: { name: string; devicePath: string }[];
  /** Somebody has to be waited for. */
  waits: boolean;
}

const maxWaitForUnmountMs = 6 * 60_000;
const outOfService = 'node.kubernetes.io/out-of-service';

const nameOf = ({ volume }: WantedVolume): string => volume.metadata.name ?? '';

export function planAttachments(observed: Observed, now: number): AttachPlan {
  const { wanted, attachments, nodeName } = observed;
  const wantedNames = new Set(wanted.map(nameOf));
  const isWanted = ({ spec }: ObservedAttachment): boolean => wantedNames.has(spec.source.persistentVolumeName ?? '');
  const unneeded = attachments.filter((one) => one.spec.source.persistentVolumeName && !isWanted(one));
  const detach = unneeded.filter((one) => !one.metadata.deletionTimestamp && mayDetach(one, observed, now));
  const present = new Set(attachments.map(({ metadata }) => metadata.name));
  const missing = wanted.filter(({ volume }) => !present.has(newAttachment(volume, nodeName).metadata.name));
  const blocked = missing
    .map((one) => ({ wanted: one, by: isExclusive(one) ? observed.elsewhere(nameOf(one)) : [] }))
    .filter(({ by }) => by.length > 0);
  const isBlocked = new Set(blocked.map((one) => nameOf(one.wanted)));
  return {
    attach: missing.filter((one) => !isBlocked.has(nameOf(one))).map(({ volume }) => newAttachment(volume, nodeName)),
    blocked,
    detach,
    unneeded: unneeded.map(({ metadata }) => metadata.name ?? ''),
    attached: attachedVolumes(
      observed,
      attachments.filter((one) => !detach.includes(one)),
    ),
    waits: blocked.length > 0 || unneeded.some((one) => !one.metadata.deletionTimestamp && !detach.includes(one)),
  };
}

/** One node at a time: no access mode lets several have it. */
function isExclusive({ volume }: WantedVolume): boolean {
  const modes = volume.spec?.accessModes ?? [];
  return modes.length > 0 && !modes.includes('ReadWriteMany') && !modes.includes('ReadOnlyMany');
}

/** Not while the node has it mounted, unless the node is dead for sure or for long. */
function mayDetach(attachment: ObservedAttachment, observed: Observed, now: number): boolean {
  const { node, unneededSince, forceOnTimeout } = observed;
  if (!node || !isInUse(attachment, node)) return true;
  if (node.spec?.taints?.some(({ key }) => key === outOfService)) return true;
  const since = unneededSince.get(attachment.metadata.name ?? '') ?? now;
  return forceOnTimeout && !isHealthy(node) && now - since > maxWaitForUnmountMs;
}

const isInUse = (attachment: ObservedAttachment, node: ObservedNode): boolean =>
  node.status?.volumesInUse?.some(
    (name) => attachmentOf(name, node.metadata.name ?? '') === attachment.metadata.name,
  ) ?? false;

/** From a name in the node's status to the attachment it stands for. */
function attachmentOf(volumeName: string, nodeName: string): string | undefined {
  const match = /^kubernetes\.io\/csi\/([^^]+)\^(.*)$/s.exec(volumeName);
  return match ? attachmentName(match[2] ?? '', match[1] ?? '', nodeName) : undefined;
}

const isHealthy = (node: ObservedNode): boolean =>
  node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

function attachedVolumes(
  { wanted, node }: Observed,
  attachments: readonly ObservedAttachment[],
): { name: string; devicePath: string }[] {
  const ready = new Set(
    attachments
      .filter(({ status, metadata }) => status?.attached && !metadata.deletionTimestamp)
      .map(({ metadata }) => metadata.name),
  );
  const nodeName = node?.metadata.name ?? '';
  const known = wanted.flatMap(({ volume }) => {
    const { driver = '', volumeHandle = '' } = volume.spec?.csi ?? {};
    return ready.has(attachmentName(volumeHandle, driver, nodeName)) ? [csiVolumeName(driver, volumeHandle)] : [];
  });
  // What is in the status and still attached stays there until it is detached.
  const kept = (node?.status?.volumesAttached ?? [])
    .map(({ name }) => name)
    .filter((name) => ready.has(attachmentOf(name, nodeName)));
  return [...new Set([...known, ...kept])].sort().map((name) => ({ name, devicePath: '' }));
}

function newAttachment({ metadata, spec }: DeepReadonly<PersistentVolume>, nodeName: string): VolumeAttachment {
  const { driver = '', volumeHandle = '' } = spec?.csi ?? {};
  return {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttachment',
    metadata: { name: attachmentName(volumeHandle, driver, nodeName) },
    spec: { nodeName, attacher: driver, source: { persistentVolumeName: metadata.name } },
  };
}
