import { existsSync, mkdirSync, rmdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { csiVolumeName, isNotFound, type CsiDriver } from '@nestor/api';
import { CsiError, type CsiNodeDriver } from '@nestor/csi';
import { createLogger } from '@nestor/telemetry';
import type { PreparedVolume } from '../claims/mount-claimed';
import type { StorageObjects } from '../claims/storage-objects';
import { VolumeError, VolumePending } from '../volume-error';
import { applyFsGroup } from '../volume-ownership';
import type { PayloadContext } from '../volume-payload';
import type { CsiDrivers } from './csi-drivers';
import { CsiExpansion, type VolumeEvent } from './csi-expansion';
import {
  globalMountOf,
  hasVolumeData,
  readVolumeData,
  removeVolumeDirectory,
  targetOf,
  writeVolumeData,
  type CsiPaths,
  type VolumeData,
} from './csi-paths';
import { attachmentOf, podAttributes, takesFsGroup, volumeCapability, type CsiSource } from './csi-source';
import { KeyedLock } from './keyed-lock';
import { secretData, tokenAttributes } from './csi-secrets';

const log = createLogger('csi-volumes');

export interface CsiVolumesOptions {
  nodeName: string;
  paths: CsiPaths;
  drivers: CsiDrivers;
  storage: StorageObjects;
  /** Writes node.status.volumesInUse before a volume counts on being attached. */
  reportInUse(): Promise<void>;
  event: VolumeEvent;
}

const lockOf = ({ driverName, volumeHandle }: Pick<VolumeData, 'driverName' | 'volumeHandle'>): string =>
  `${driverName}^${volumeHandle}`;

/**
 * Volumes of CSI drivers: attach is waited for, then they are staged once for the node and published for each pod. What
 * is known of them is in vol_data.json files alone, so a kubelet that comes after this one can take them away.
 */
export class CsiVolumes {
  private readonly lock = new KeyedLock();
  private readonly expansion: CsiExpansion;

  constructor(private readonly options: CsiVolumesOptions) {
    this.expansion = new CsiExpansion(options);
  }

  /** The names for node.status.volumesInUse: what is mounted, or about to be. */
  inUse(): string[] {
    const { paths } = this.options;
    const attached = [...paths.allPodVolumes(), ...paths.allStaged()]
      .map(readVolumeData)
      .filter(({ attachmentID }) => attachmentID);
    return [...new Set(attached.map((data) => csiVolumeName(data.driverName, data.volumeHandle)))].sort();
  }

  prepare(source: CsiSource, context: PayloadContext): Promise<PreparedVolume> {
    const key = lockOf({ driverName: source.driver, volumeHandle: source.handle });
    return this.lock.run(key, () => this.mount(source, context));
  }

  /** A volume of a running pod may have grown. */
  async refresh(source: CsiSource, context: PayloadContext): Promise<void> {
    const { paths, drivers } = this.options;
    const directory = paths.podVolume(context.pod.metadata.uid ?? '', source.name, source.isBlock);
    await this.expansion.expandIfAsked(source, drivers.find(source.driver), targetOf(directory), context);
  }

  async removeOfPod(podUid: string): Promise<void> {
    for (const directory of this.options.paths.podVolumes(podUid)) {
      await this.lock.run(lockOf(readVolumeData(directory)), () => this.unmount(directory));
    }
  }

  /** Staged volumes that no pod has any more: a kubelet may have ended between the two steps. */
  async removeUnused(): Promise<void> {
    for (const staged of this.options.paths.allStaged()) {
      const data = readVolumeData(staged);
      try {
        await this.lock.run(lockOf(data), () => this.unstageIfUnused(data));
      } catch (error) {
        log.warn({ object: data.specVolID, error: (error as Error).message }, 'volume not unstaged');
      }
    }
  }

  private async mount(source: CsiSource, context: PayloadContext): Promise<PreparedVolume> {
    const { paths, nodeName, storage } = this.options;
    const { pod } = context;
    const driverObject = await this.driverObject(source.driver);
    const directory = paths.podVolume(pod.metadata.uid ?? '', source.name, source.isBlock);
    const data: VolumeData = {
      specVolID: source.name,
      volumeHandle: source.handle,
      driverName: source.driver,
      nodeName,
      attachmentID: attachmentOf(source, driverObject, nodeName),
      volumeLifecycleMode: source.mode,
    };
    if (!hasVolumeData(directory)) writeVolumeData(directory, data);
    const publishContext = data.attachmentID
      ? await waitForAttachment(source, data.attachmentID, storage, () => this.options.reportInUse())
      : undefined;
    const driver = this.driverFor(source);
    const capabilities = await this.asked(source, driver.capabilities());
    const group = pod.spec?.securityContext?.fsGroup;
    const policy = driverObject?.spec.fsGroupPolicy;
    const givesGroup = group !== undefined && policy !== 'None' && capabilities.has('VOLUME_MOUNT_GROUP');
    const capability = volumeCapability(source, capabilities, givesGroup ? String(group) : undefined);
    const common = { volumeId: source.handle, publishContext, volumeCapability: capability };
    const stages = source.mode === 'Persistent' && capabilities.has('STAGE_UNSTAGE_VOLUME');
    if (source.mode === 'Persistent') {
      const stage = stages ? { ...common, secrets: await secretData(source.stageSecret, context) } : undefined;
      await this.stage(source, data, driver, stage);
    }
    const staging = stages ? globalMountOf(paths.staged(source.driver, source.handle)) : undefined;
    if (source.claimed) await this.expansion.expandAtMount(source, driver, staging ?? targetOf(directory), context);
    writeVolumeData(directory, { ...data, published: 'true' });
    const attributes = { ...source.attributes, ...podAttributes(source, driverObject, pod) };
    const tokens = await tokenAttributes(driverObject, context);
    await this.publish(source, driver, {
      ...common,
      stagingTargetPath: staging,
      targetPath: targetOf(directory),
      readonly: source.readOnly,
      secrets: await secretData(source.publishSecret, context),
      volumeContext: { ...attributes, ...tokens },
    });
    if (!givesGroup && takesFsGroup(source, policy, source.claimed?.volume)) applyFsGroup(targetOf(directory), pod);
    return { path: targetOf(directory), readOnly: source.readOnly };
  }

  private driverFor(source: CsiSource): CsiNodeDriver {
    try {
      return this.options.drivers.find(source.driver);
    } catch (error) {
      const why = `attacher.MountDevice failed to create newCsiDriverClient: ${(error as Error).message}`;
      throw new VolumeError(
        'FailedMount',
        `MountVolume.MountDevice failed for volume "${source.name}" : kubernetes.io/csi: ${why}`,
        error,
      );
    }
  }

  private async stage(
    source: CsiSource,
    data: VolumeData,
    driver: CsiNodeDriver,
    request: Omit<Parameters<CsiNodeDriver['stage']>[0], 'stagingTargetPath'> | undefined,
  ): Promise<void> {
    const staged = this.options.paths.staged(source.driver, source.handle);
    const isNew = !hasVolumeData(staged);
    writeVolumeData(staged, data);
    if (!request) return;
    mkdirSync(globalMountOf(staged), { recursive: true, mode: 0o750 });
    try {
      await driver.stage({ ...request, stagingTargetPath: globalMountOf(staged) });
    } catch (error) {
      if (isNew && error instanceof CsiError && error.isFinal) removeVolumeDirectory(staged, globalMountOf(staged));
      throw new VolumeError(
        'FailedMount',
        `MountVolume.MountDevice failed for volume "${source.name}" : ${(error as Error).message}`,
        error,
      );
    }
  }

  private async publish(
    source: CsiSource,
    driver: CsiNodeDriver,
    request: Parameters<CsiNodeDriver['publish']>[0],
  ): Promise<void> {
    mkdirSync(dirname(request.targetPath), { recursive: true, mode: 0o750 });
    await this.asked(source, driver.publish(request));
  }

  private async asked<T>(source: CsiSource, asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      const [what, reason] = source.isBlock
        ? (['MapVolume.SetUpDevice', 'FailedMapVolume'] as const)
        : (['MountVolume.SetUp', 'FailedMount'] as const);
      throw new VolumeError(reason, `${what} failed for volume "${source.name}" : ${(error as Error).message}`, error);
    }
  }

  private async driverObject(name: string): Promise<CsiDriver | undefined> {
    try {
      return await this.options.storage.drivers.get(name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  private async unmount(directory: string): Promise<void> {
    const data = readVolumeData(directory);
    const target = targetOf(directory);
    // What was never published asks nothing of a driver that may never have been there.
    if (data.published) await this.options.drivers.find(data.driverName).unpublish(data.volumeHandle, target);
    removeVolumeDirectory(directory, target);
    removeIfEmpty(dirname(directory));
    await this.unstageIfUnused(data);
  }

  private async unstageIfUnused(data: VolumeData): Promise<void> {
    const { paths, drivers } = this.options;
    const staged = paths.staged(data.driverName, data.volumeHandle);
    if (!existsSync(staged)) return;
    const isUsed = paths.allPodVolumes().some((directory) => lockOf(readVolumeData(directory)) === lockOf(data));
    if (isUsed) return;
    if (existsSync(globalMountOf(staged)))
      await drivers.find(data.driverName).unstage(data.volumeHandle, globalMountOf(staged));
    removeVolumeDirectory(staged, globalMountOf(staged));
    await this.options.reportInUse();
  }
}

/** The node says that it uses the volume, and only then counts on the attachment: nobody detaches it from then on. */
async function waitForAttachment(
  { podVolume, handle }: CsiSource,
  attachmentId: string,
  storage: StorageObjects,
  reportInUse: () => Promise<void>,
): Promise<Record<string, string> | undefined> {
  await reportInUse();
  const pending = (why: string) => new VolumePending(podVolume, why);
  try {
    const { metadata, status } = await storage.attachments.get(attachmentId);
    if (metadata.deletionTimestamp) throw pending('volume attachment is being deleted');
    if (status?.attached) return status.attachmentMetadata;
    throw pending(status?.attachError?.message ?? `volume ${handle} is not attached yet`);
  } catch (error) {
    if (isNotFound(error)) throw pending(`volume attachment ${attachmentId} is not made yet`);
    throw error;
  }
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Other volumes of the pod are there still.
  }
}
