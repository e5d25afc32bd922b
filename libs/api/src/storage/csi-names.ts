import { createHash } from 'node:crypto';

/** How the volume of a CSI driver is named in a node's status: volumesAttached and volumesInUse. */
export const csiVolumeName = (driver: string, handle: string): string => `kubernetes.io/csi/${driver}^${handle}`;

/** The name of the VolumeAttachment of a volume and a node (csi_attacher.go, getAttachmentName). */
export const attachmentName = (handle: string, driver: string, nodeName: string): string =>
  `csi-${createHash('sha256').update(`${handle}${driver}${nodeName}`).digest('hex')}`;

/** On nodes whose volumes the attach-detach controller attaches. */
export const controllerManagedAttach = 'volumes.kubernetes.io/controller-managed-attach-detach';
