import {
  compareQuantities,
  quantityFrom,
  quantityValue,
  type DeepReadonly,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type Pod,
} from '@nestor/api';
import type { CsiNodeDriver } from '@nestor/csi';
import type { StorageObjects } from '../claims/storage-objects';
import { VolumeError } from '../volume-error';
import type { PayloadContext } from '../volume-payload';
import { globalMountOf, type CsiPaths } from './csi-paths';
import { secretData } from './csi-secrets';
import { volumeCapability, type CsiSource } from './csi-source';

type Claim = DeepReadonly<PersistentVolumeClaim>;

export type VolumeEvent = (
  about: DeepReadonly<Pod> | Claim,
  type: 'Normal' | 'Warning',
  reason: string,
  message: string,
) => void;

export interface CsiExpansionOptions {
  nodeName: string;
  paths: CsiPaths;
  storage: StorageObjects;
  event: VolumeEvent;
}

const sizeOf = (list: Readonly<Record<string, string>> | undefined) => quantityFrom(list?.['storage'] ?? '0');

/** The volume has grown and the claim does not say so: its file system is the node's to grow. */
const isSmaller = (claim: Claim, volume: DeepReadonly<PersistentVolume>): boolean =>
  compareQuantities(sizeOf(claim.status?.capacity), sizeOf(volume.spec?.capacity)) < 0;

/** Grows file systems on volumes that a resizer has grown (NodeExpandVolume). */
export class CsiExpansion {
  constructor(private readonly options: CsiExpansionOptions) {}

  async expandAtMount(source: CsiSource, driver: CsiNodeDriver, path: string, context: PayloadContext): Promise<void> {
    const { claim, volume } = source.claimed ?? {};
    if (claim && volume && isSmaller(claim, volume)) await this.expand(source, driver, path, context);
  }

  async expandIfAsked(source: CsiSource, driver: CsiNodeDriver, path: string, context: PayloadContext): Promise<void> {
    const { claimed } = source;
    if (!claimed || claimed.readOnly || !(await driver.capabilities()).has('EXPAND_VOLUME')) return;
    const { name = '', namespace } = claimed.claim.metadata;
    const claim = await this.options.storage.claims.get(name, namespace);
    const isAsked =
      claim.status?.conditions?.some(({ type }) => type === 'FileSystemResizePending') ||
      claim.status?.allocatedResourceStatuses?.['storage']?.startsWith('NodeResize');
    if (!isAsked) return;
    const volume = await this.options.storage.volumes.get(claimed.volume.metadata.name ?? '');
    if (isSmaller(claim, volume))
      await this.expand({ ...source, claimed: { ...claimed, claim, volume } }, driver, path, context);
  }

  private async expand(source: CsiSource, driver: CsiNodeDriver, path: string, context: PayloadContext): Promise<void> {
    const { claim, volume } = source.claimed!;
    const capabilities = await driver.capabilities();
    const { paths, event, nodeName } = this.options;
    const { pod } = context;
    if (!capabilities.has('EXPAND_VOLUME')) return;
    const size = volume.spec?.capacity?.['storage'] ?? '0';
    const stages = capabilities.has('STAGE_UNSTAGE_VOLUME');
    try {
      await driver.expand({
        volumeId: source.handle,
        volumePath: path,
        capacityRange: { requiredBytes: quantityValue(size) },
        stagingTargetPath: stages ? globalMountOf(paths.staged(source.driver, source.handle)) : undefined,
        volumeCapability: volumeCapability(source, capabilities, undefined),
        secrets: await secretData(source.expandSecret, context),
      });
    } catch (error) {
      const text = `MountVolume.NodeExpandVolume failed for volume "${source.name}" : ${(error as Error).message}`;
      throw new VolumeError('FailedMount', text, error);
    }
    await this.report(claim, size);
    const text = `MountVolume.NodeExpandVolume succeeded for volume "${source.name}" ${nodeName}`;
    for (const about of [pod, claim]) event(about, 'Normal', 'FileSystemResizeSuccessful', text);
  }

  private async report({ metadata, status }: Claim, storage: string): Promise<void> {
    const conditions = (status?.conditions ?? []).filter(
      ({ type }) => type !== 'FileSystemResizePending' && type !== 'Resizing',
    );
    const patch = {
      metadata: { uid: metadata.uid },
      status: { capacity: { storage }, conditions, allocatedResourceStatuses: { storage: null } },
    };
    await this.options.storage.claims.patch(metadata.name ?? '', metadata.namespace, 'merge', patch, {
      subresource: 'status',
    });
  }
}
