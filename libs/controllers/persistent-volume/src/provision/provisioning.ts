import type { PersistentVolumeClaim, StorageClass } from '@nestor/api';
import type { Lister, ResourceClient } from '@nestor/client';
import { betaStorageProvisioner, storageProvisioner } from '../binder/annotations';
import type { Bindings } from '../binder/bindings';
import type { ObservedClaim } from '../binder/match-volume';
import { hostPathPlugin, type HostPathProvisioner } from './host-path-provisioner';

export interface ProvisioningParts {
  bindings: Bindings;
  classes: Lister<StorageClass>;
  claimClient: ResourceClient<PersistentVolumeClaim>;
  hostPath: HostPathProvisioner;
}

/** Volumes for claims that found none: made here, or asked for from a provisioner of its own (provisionClaim). */
export class Provisioning {
  constructor(private readonly parts: ProvisioningParts) {}

  async provision(claim: ObservedClaim, className: string): Promise<void> {
    const { bindings, classes, hostPath } = this.parts;
    const storageClass = classes.get('', className);
    const failed = (message: string) => bindings.say(claim, { type: 'Warning', reason: 'ProvisioningFailed', message });
    if (!storageClass) return failed(`storageclass.storage.k8s.io "${className}" not found`);
    const { provisioner = '' } = storageClass;
    if (provisioner !== hostPathPlugin && provisioner.startsWith('kubernetes.io/'))
      return failed(`no volume plugin matched name: ${provisioner}`);
    await this.name(claim, provisioner);
    if (provisioner === hostPathPlugin) return hostPath.provision(claim, storageClass);
    bindings.say(claim, {
      type: 'Normal',
      reason: 'ExternalProvisioning',
      message: `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    });
  }

  /** Provisioners look for claims that bear their name. */
  private async name(claim: ObservedClaim, provisioner: string): Promise<void> {
    const { name = '', namespace, uid, annotations: before } = claim.metadata;
    if (before?.[storageProvisioner] === provisioner) return;
    const annotations = { [storageProvisioner]: provisioner, [betaStorageProvisioner]: provisioner };
    await this.parts.claimClient.patch(name, namespace, 'merge', { metadata: { uid, annotations } });
  }
}
