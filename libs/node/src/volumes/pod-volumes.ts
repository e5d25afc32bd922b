import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { quantityValue, type Container, type DeepReadonly, type Node, type Pod, type Volume } from '@nestor/api';
import type { Device, Mount } from '@nestor/cri';
import { expand } from '../environment/expand';
import { writeAtomically } from './atomic-writer';
import { claimNameOf, findClaimedVolume, type ClaimedVolume } from './claims/claimed-volume';
import { checkNodeAffinity, mountHostVolume, type PreparedVolume } from './claims/mount-claimed';
import type { StorageObjects } from './claims/storage-objects';
import { sourceInPod, sourceOfClaim } from './csi/csi-source';
import type { CsiVolumes } from './csi/csi-volumes';
import { prepareHostPath } from './host-path';
import type { VolumeDirectories } from './node-local/volume-directories';
import { isMountPoint, mountPointsBelow, mountTmpfs, unmount } from './mount-points';
import { resolveSubPath } from './sub-path';
import { notProcessed, setUpFailed, VolumeError } from './volume-error';
import { applyFsGroup } from './volume-ownership';
import { volumePayload, type PayloadContext } from './volume-payload';

/** The volumes of pods: prepared before the first container, kept up to date while the pod runs, then taken away. */
export interface PodVolumes {
  prepare(context: PayloadContext): Promise<void>;
  /** Writes changed objects anew. */
  refresh(context: PayloadContext): Promise<void>;
  mounts(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, env: ReadonlyMap<string, string>): Mount[];
  /** Block volumes. */
  devices(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): Device[];
  remove(podUid: string): Promise<void>;
  /** What stands on the node for pods that are gone. */
  removeUnused(): Promise<void>;
}

export interface HostPodVolumesOptions {
  /** Volumes stand below <podsDirectory>/<uid>/volumes. */
  podsDirectory: string;
  storage: StorageObjects;
  directories: VolumeDirectories;
  node: () => DeepReadonly<Node> | undefined;
  csi: CsiVolumes;
}

interface NotedVolume extends PreparedVolume {
  claimed?: ClaimedVolume;
}

export class HostPodVolumes implements PodVolumes {
  /** What prepare() made of a pod's claims and CSI volumes, by volume name. */
  private readonly claimed = new Map<string, Map<string, NotedVolume>>();

  constructor(private readonly options: HostPodVolumesOptions) {}

  async prepare(context: PayloadContext): Promise<void> {
    const failed = new Map<string, Error>();
    const claimed = new Map<string, ClaimedVolume>();
    for (const volume of context.pod.spec?.volumes ?? []) {
      if (!claimNameOf(volume, context.pod)) await this.prepareOwn(volume, context);
      else {
        const found = findClaimedVolume(volume, context.pod, this.options.storage);
        await found.then(
          (one) => claimed.set(volume.name, one),
          (error: Error) => failed.set(volume.name, error),
        );
      }
    }
    for (const [name, one] of claimed) await this.prepareClaimed(name, one, context);
    if (failed.size > 0) throw notProcessed(failed);
  }

  async refresh(context: PayloadContext): Promise<void> {
    for (const volume of context.pod.spec?.volumes ?? []) {
      await this.refreshCsi(volume, context);
      const files = await volumePayload(volume, context);
      const directory = this.directory(context.pod, volume);
      if (files && writeAtomically(directory, files)) applyFsGroup(directory, context.pod);
    }
  }

  mounts(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, env: ReadonlyMap<string, string>): Mount[] {
    return (container.volumeMounts ?? []).map((mount) => {
      const { path, readOnly } = this.prepared(pod, container, mount.name);
      const subPath = mount.subPathExpr ? expand(mount.subPathExpr, (name) => env.get(name)) : mount.subPath;
      return {
        containerPath: mount.mountPath,
        hostPath: subPath ? resolveSubPath(path, subPath) : path,
        readonly: mount.readOnly || readOnly,
        propagation: propagations[mount.mountPropagation ?? 'None'] ?? 'PROPAGATION_PRIVATE',
      };
    });
  }

  devices(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): Device[] {
    return (container.volumeDevices ?? []).map(({ name, devicePath }) => {
      const { path, readOnly } = this.prepared(pod, container, name);
      return { containerPath: devicePath, hostPath: path, permissions: readOnly ? 'r' : 'mrw' };
    });
  }

  async remove(podUid: string): Promise<void> {
    this.claimed.delete(podUid);
    const directory = join(this.options.podsDirectory, podUid);
    if (!existsSync(directory)) return;
    await this.options.csi.removeOfPod(podUid);
    for (const path of mountPointsBelow(directory).reverse()) await unmount(path);
    // A volume that is mounted still is somebody's data.
    const [left] = mountPointsBelow(directory);
    if (left) throw new Error(`${left} is still mounted`);
    rmSync(directory, { recursive: true, force: true });
  }

  removeUnused(): Promise<void> {
    return this.options.csi.removeUnused();
  }

  private prepared(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, name: string): PreparedVolume {
    const volume = pod.spec?.volumes?.find((one) => one.name === name);
    if (!volume) throw new Error(`volume "${name}" of container "${container.name}" is not in the pod`);
    const claimed = this.claimed.get(pod.metadata.uid ?? '')?.get(name);
    return claimed ?? { path: volume.hostPath?.path ?? this.directory(pod, volume), readOnly: false };
  }

  private async prepareClaimed(name: string, claimed: ClaimedVolume, context: PayloadContext): Promise<void> {
    checkNodeAffinity(claimed, this.options.node());
    this.options.directories.ensure(claimed.volume);
    const source = sourceOfClaim(name, claimed);
    const prepared = source ? await this.options.csi.prepare(source, context) : mountHostVolume(claimed, context.pod);
    if (!prepared) {
      const volumeName = claimed.volume.metadata.name;
      throw new VolumeError('FailedMount', `no volume plugin matched for volume "${volumeName}"`);
    }
    this.note(context.pod, name, { ...prepared, claimed });
  }

  private note(pod: DeepReadonly<Pod>, name: string, prepared: NotedVolume): void {
    const uid = pod.metadata.uid ?? '';
    const ofPod = this.claimed.get(uid) ?? new Map<string, NotedVolume>();
    this.claimed.set(uid, ofPod.set(name, prepared));
  }

  private async refreshCsi({ name }: DeepReadonly<Volume>, context: PayloadContext): Promise<void> {
    const claimed = this.claimed.get(context.pod.metadata.uid ?? '')?.get(name)?.claimed;
    const source = claimed && sourceOfClaim(name, claimed);
    if (source) await this.options.csi.refresh(source, context);
  }

  private async prepareOwn(volume: DeepReadonly<Volume>, context: PayloadContext): Promise<void> {
    try {
      await this.setUp(volume, context);
    } catch (error) {
      throw error instanceof VolumeError ? error : setUpFailed(volume.name, error);
    }
  }

  private async setUp(volume: DeepReadonly<Volume>, context: PayloadContext): Promise<void> {
    if (volume.hostPath) return prepareHostPath(volume.hostPath.path, volume.hostPath.type);
    const inPod = sourceInPod(volume, context.pod);
    if (inPod) return this.note(context.pod, volume.name, await this.options.csi.prepare(inPod, context));
    const directory = this.directory(context.pod, volume);
    if (volume.emptyDir) return this.setUpEmptyDir(volume, context.pod);
    const files = await volumePayload(volume, context);
    if (!files)
      throw new Error(`volume type ${Object.keys(volume).filter((key) => key !== 'name')[0]} is not supported`);
    writeAtomically(directory, files);
    applyFsGroup(directory, context.pod);
  }

  private async setUpEmptyDir(volume: DeepReadonly<Volume>, pod: DeepReadonly<Pod>): Promise<void> {
    const directory = this.directory(pod, volume);
    mkdirSync(directory, { recursive: true });
    if (volume.emptyDir?.medium === 'Memory' && !isMountPoint(directory)) {
      const limit = volume.emptyDir.sizeLimit;
      await mountTmpfs(directory, limit ? quantityValue(limit) : undefined);
    }
    chmodSync(directory, 0o777);
    applyFsGroup(directory, pod);
  }

  private directory(pod: DeepReadonly<Pod>, volume: DeepReadonly<Volume>): string {
    const plugin = volume.emptyDir
      ? 'empty-dir'
      : volume.secret
        ? 'secret'
        : volume.configMap
          ? 'configmap'
          : 'projected';
    const { podsDirectory } = this.options;
    return join(podsDirectory, pod.metadata.uid ?? '', 'volumes', `kubernetes.io~${plugin}`, volume.name);
  }
}

const propagations: Record<string, Mount['propagation']> = {
  None: 'PROPAGATION_PRIVATE',
  HostToContainer: 'PROPAGATION_HOST_TO_CONTAINER',
  Bidirectional: 'PROPAGATION_BIDIRECTIONAL',
};
