import { classOf, newestDefaultClass, type PersistentVolumeClaim, type StorageClass } from '@nestor/api';
import type { Lister, ResourceClient } from '@nestor/client';
import type { ObservedClaim } from './match-volume';

/** Claims from a time without a default class get it once there is one (RetroactiveDefaultStorageClass). */
export class DefaultClass {
  constructor(
    private readonly classes: Lister<StorageClass>,
    private readonly claims: ResourceClient<PersistentVolumeClaim>,
  ) {}

  /** True when the claim was written: its change brings the next look. */
  async assign(claim: ObservedClaim): Promise<boolean> {
    if (classOf(claim) !== undefined) return false;
    const found = newestDefaultClass(this.classes.list());
    if (!found) return false;
    const spec = { ...claim.spec, storageClassName: found.metadata.name };
    await this.claims.update({ ...claim, spec } as PersistentVolumeClaim);
    return true;
  }
}
