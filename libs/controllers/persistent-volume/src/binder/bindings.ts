import type { PersistentVolume, PersistentVolumeClaim } from '@nestor/api';
import type { EventRecorder, ResourceClient } from '@nestor/client';
import { bindCompleted, boundByController } from './annotations';
import { isFor, type ObservedClaim, type ObservedVolume } from './match-volume';
import { boundStatus, isSameStatus } from './claim-status';

export interface Happening {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

/** The writes that join and part claims and volumes. */
export class Bindings {
  /** Volumes whose newest write the informer does not show yet: that write's revision by name. */
  private readonly written = new Map<string, number>();

  constructor(
    private readonly claims: ResourceClient<PersistentVolumeClaim>,
    private readonly volumes: ResourceClient<PersistentVolume>,
    private readonly recorder: EventRecorder,
  ) {}

  forget(): void {
    this.written.clear();
  }

  /** The copy of this volume is older than what was written: nothing may be decided by it. */
  isStale({ metadata }: ObservedVolume): boolean {
    const since = this.written.get(metadata.name ?? '');
    if (since === undefined) return false;
    if (Number(metadata.resourceVersion) < since) return true;
    this.written.delete(metadata.name ?? '');
    return false;
  }

  /** Both objects get to name each other, the volume first: a break in between is mended by the next look. */
  async bind(observed: ObservedVolume, claim: ObservedClaim): Promise<void> {
    let volume = await this.bindVolume(observed, claim);
    volume = await this.setVolumePhase(volume, 'Bound');
    await this.bindClaim(claim, volume);
  }

  /** A volume that was taken for a claim which took another, or that is clean again (unbindVolume). */
  async unbind(volume: ObservedVolume): Promise<void> {
    const { [boundByController]: own, ...annotations } = volume.metadata.annotations ?? {};
    const claimRef = own ? undefined : { ...volume.spec?.claimRef, uid: undefined };
    const free = { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } };
    await this.setVolumePhase(await this.updateVolume(free as PersistentVolume), 'Available');
  }

  /** Without a volume the claim has neither access modes nor capacity. */
  async setClaimPhase(claim: ObservedClaim, phase: 'Pending' | 'Lost', event?: Happening): Promise<void> {
    const { phase: before, accessModes, capacity, ...rest } = claim.status ?? {};
    if (before === phase && !accessModes && !capacity) return;
    await this.claims.updateStatus({ ...claim, status: { ...rest, phase } } as PersistentVolumeClaim);
    if (event && before !== phase) this.say(claim, event);
  }

  async setVolumePhase(volume: ObservedVolume, phase: string, event?: Happening): Promise<ObservedVolume> {
    if (volume.status?.phase === phase) return volume;
    const status = { ...volume.status, phase, message: event?.message };
    const written = await this.volumes.updateStatus({ ...volume, status } as PersistentVolume);
    this.note(written);
    if (event) this.say(volume, event);
    return written;
  }

  async updateVolume(volume: PersistentVolume): Promise<PersistentVolume> {
    const written = await this.volumes.update(volume);
    this.note(written);
    return written;
  }

  say(about: ObservedClaim | ObservedVolume, { type, reason, message }: Happening): void {
    this.recorder.event(about, type, reason, message);
  }

  private note({ metadata }: PersistentVolume): void {
    this.written.set(metadata.name ?? '', Number(metadata.resourceVersion));
  }

  private async bindVolume(volume: ObservedVolume, claim: ObservedClaim): Promise<ObservedVolume> {
    const { namespace, name, uid, resourceVersion } = claim.metadata;
    if (isFor(volume, claim) && volume.spec?.claimRef?.uid === uid) return volume;
    const own = isFor(volume, claim) ? {} : { [boundByController]: 'yes' };
    const claimRef = { kind: 'PersistentVolumeClaim', apiVersion: 'v1', namespace, name, uid, resourceVersion };
    const metadata = { ...volume.metadata, annotations: { ...volume.metadata.annotations, ...own } };
    return this.updateVolume({ ...volume, metadata, spec: { ...volume.spec, claimRef } } as PersistentVolume);
  }

  private async bindClaim(observed: ObservedClaim, volume: ObservedVolume): Promise<void> {
    let claim = observed;
    const { annotations } = claim.metadata;
    if (claim.spec?.volumeName !== volume.metadata.name || !annotations?.[bindCompleted]) {
      const own = claim.spec?.volumeName === volume.metadata.name ? {} : { [boundByController]: 'yes' };
      const metadata = { ...claim.metadata, annotations: { ...annotations, ...own, [bindCompleted]: 'yes' } };
      const spec = { ...claim.spec, volumeName: volume.metadata.name };
      claim = await this.claims.update({ ...claim, metadata, spec } as PersistentVolumeClaim);
    }
    const status = boundStatus(claim, volume);
    if (isSameStatus(status, claim.status)) return;
    await this.claims.updateStatus({ ...claim, status } as PersistentVolumeClaim);
  }
}
