import { statSync } from 'node:fs';
import { matchesNodeTerm, type DeepReadonly, type Node, type Pod } from '@nestor/api';
import { prepareHostPath } from '../host-path';
import { applyFsGroup } from '../volume-ownership';
import { setUpFailed, VolumeError } from '../volume-error';
import type { ClaimedVolume } from './claimed-volume';

/** Where a volume stands on this machine, and how containers may use it. */
export interface PreparedVolume {
  path: string;
  readOnly: boolean;
}

/** The volume must be reachable from this node (kubelet's checkNodeAffinity). */
export function checkNodeAffinity({ volume }: ClaimedVolume, node: DeepReadonly<Node> | undefined): void {
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (!terms || !node || terms.some((term) => matchesNodeTerm(term, node))) return;
  throw new VolumeError(
    'FailedMount',
    `MountVolume.NodeAffinity check failed for volume "${volume.metadata.name}" : no matching NodeSelectorTerms`,
  );
}

/** Volumes that are a path of this machine. */
export function mountHostVolume(claimed: ClaimedVolume, pod: DeepReadonly<Pod>): PreparedVolume | undefined {
  const { volume, readOnly } = claimed;
  const { hostPath, local, volumeMode } = volume.spec ?? {};
  const name = volume.metadata.name ?? '';
  if (hostPath) {
    try {
      prepareHostPath(hostPath.path, hostPath.type);
    } catch (error) {
      throw setUpFailed(name, error);
    }
    return { path: hostPath.path, readOnly };
  }
  if (!local) return undefined;
  checkLocalPath(name, local.path, volumeMode);
  if (volumeMode !== 'Block' && !readOnly) applyFsGroup(local.path, pod);
  return { path: local.path, readOnly };
}

function checkLocalPath(volumeName: string, path: string, mode = 'Filesystem'): void {
  const fail = (why: string): never => {
    const what = mode === 'Block' ? 'MapVolume.NewBlockVolumeMapper' : 'MountVolume.NewMounter';
    const reason = mode === 'Block' ? 'FailedMapVolume' : 'FailedMount';
    throw new VolumeError(reason, `${what} initialization failed for volume "${volumeName}" : ${why}`);
  };
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return fail(`path "${path}" does not exist`);
  if (mode === 'Block' && !stats.isBlockDevice()) return fail(`path "${path}" is not a block device`);
  if (mode !== 'Block' && !stats.isDirectory())
    return fail(`path "${path}" is not a directory: file systems are not made on local devices`);
}
