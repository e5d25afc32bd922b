import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { isAlreadyExists, type DeepReadonly, type PersistentVolume, type StorageClass } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import { boundByController, inTreeDeletionFinalizer } from '../binder/annotations';
import type { Bindings } from '../binder/bindings';
import type { ObservedClaim } from '../binder/match-volume';
import { provisionedVolume } from './provisioned-volume';

export const hostPathPlugin = 'kubernetes.io/host-path';

/** Directories of this very machine, for clusters of one: off unless --enable-hostpath-provisioner is given. */
export class HostPathProvisioner {
  constructor(
    private readonly enabled: boolean,
    private readonly bindings: Bindings,
    private readonly volumes: ResourceClient<PersistentVolume>,
  ) {}

  async provision(claim: ObservedClaim, storageClass: DeepReadonly<StorageClass>): Promise<void> {
    const problem = this.problem(claim, storageClass);
    const failed = (message: string) =>
      this.bindings.say(claim, { type: 'Warning', reason: 'ProvisioningFailed', message });
    if (problem) return failed(problem);
    const path = `/tmp/hostpath_pv/${randomUUID()}`;
    try {
      await mkdir(path, { recursive: true, mode: 0o750 });
    } catch (error) {
      const why = (error as Error).message;
      return failed(`Failed to provision volume with StorageClass "${storageClass.metadata.name}": ${why}`);
    }
    await this.save(claim, storageClass, path);
  }

  private problem(claim: ObservedClaim, { metadata, mountOptions }: DeepReadonly<StorageClass>): string | undefined {
    if (claim.spec?.dataSource)
      return `plugin "${hostPathPlugin}" is not a CSI plugin. Only CSI plugin can provision a claim with a datasource`;
    if (mountOptions?.length)
      return `Mount options are not supported by the provisioner but StorageClass "${metadata.name}" has mount options [${mountOptions.join(' ')}]`;
    if (this.enabled) return undefined;
    return `Failed to create provisioner: provisioning in volume plugin "${hostPathPlugin}" is disabled`;
  }

  private async save(claim: ObservedClaim, storageClass: DeepReadonly<StorageClass>, path: string): Promise<void> {
    const volume = provisionedVolume(claim, storageClass, {
      provisioner: hostPathPlugin,
      finalizer: inTreeDeletionFinalizer,
      annotations: { [boundByController]: 'yes', 'kubernetes.io/createdby': 'hostpath-dynamic-provisioner' },
      spec: { hostPath: { path, type: '' } },
    });
    try {
      await this.volumes.create(volume);
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      return;
    }
    const message = `Successfully provisioned volume ${volume.metadata.name} using ${hostPathPlugin}`;
    this.bindings.say(claim, { type: 'Normal', reason: 'ProvisioningSucceeded', message });
  }
}
