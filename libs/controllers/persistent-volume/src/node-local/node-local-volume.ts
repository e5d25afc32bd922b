import {
  nodeLocalProvisioner,
  provisionedBy,
  volumeDirectoryAnnotation,
  type DeepReadonly,
  type Node,
  type PersistentVolume,
  type StorageClass,
} from '@nestor/api';
import { externalDeletionFinalizer } from '../binder/annotations';
import type { ObservedClaim, ObservedVolume } from '../binder/match-volume';
import { provisionedName, provisionedVolume } from '../provision/provisioned-volume';

const hostname = 'kubernetes.io/hostname';
const modes = ['ReadWriteOnce', 'ReadWriteOncePod'];

/** Why such a claim cannot have a directory of one node. */
export function unsuitable({ spec }: ObservedClaim): string | undefined {
  const mode = spec?.accessModes?.find((one) => !modes.includes(one));
  if (mode) return `access mode ${mode} is not supported, only ${modes.join(' and ')}: the volume is of one node`;
  if (spec?.volumeMode === 'Block') return 'volumeMode Block is not supported';
  if (spec?.selector) return 'claim Selector is not supported';
  if (spec?.dataSource || spec?.dataSourceRef) return 'data sources are not supported';
  return undefined;
}

/** A directory of the node, made by its kubelet at the first use. */
export function nodeLocalVolume(
  claim: ObservedClaim,
  storageClass: DeepReadonly<StorageClass>,
  node: DeepReadonly<Node>,
): PersistentVolume {
  const root = node.metadata.annotations?.[volumeDirectoryAnnotation] ?? '';
  const nodeName = node.metadata.labels?.[hostname] ?? node.metadata.name ?? '';
  return provisionedVolume(claim, storageClass, {
    provisioner: nodeLocalProvisioner,
    finalizer: externalDeletionFinalizer,
    spec: {
      local: { path: `${root}/${provisionedName(claim)}` },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: hostname, operator: 'In', values: [nodeName] }] }],
        },
      },
    },
  });
}

export const isNodeLocal = ({ metadata }: ObservedVolume): boolean =>
  metadata.annotations?.[provisionedBy] === nodeLocalProvisioner;

/** The hostname label of the node that has the volume. */
export const hostOf = ({ spec }: ObservedVolume): string =>
  spec?.nodeAffinity?.required?.nodeSelectorTerms[0]?.matchExpressions?.[0]?.values?.[0] ?? '';

export const isHost = (node: DeepReadonly<Node>, host: string): boolean =>
  (node.metadata.labels?.[hostname] ?? node.metadata.name) === host;
