import { classOf, type Pod, type StorageClass } from '@nestor/api';
import { keyOf, type Informer, type Lister } from '@nestor/client';
import type { PersistentVolume } from '@nestor/api';
import { usersOf } from '../pods/claims-of-pod';
import type { Provisioning } from '../provision/provisioning';
import { bindCompleted, boundByController, selectedNode } from './annotations';
import type { Bindings } from './bindings';
import { isFor, matchVolume, mismatch, type ObservedClaim } from './match-volume';
import type { DefaultClass } from './default-class';

export interface ClaimSyncParts {
  bindings: Bindings;
  volumes: Lister<PersistentVolume>;
  classes: Lister<StorageClass>;
  pods: Informer<Pod>;
  provisioning: Provisioning;
  defaultClass: DefaultClass;
}

const warning = (reason: string, message: string) => ({ type: 'Warning', reason, message }) as const;
const normal = (reason: string, message: string) => ({ type: 'Normal', reason, message }) as const;

/** What is to be done about one claim (syncClaim). */
export class ClaimSync {
  constructor(private readonly parts: ClaimSyncParts) {}

  async sync(claim: ObservedClaim): Promise<void> {
    if (claim.metadata.annotations?.[bindCompleted]) await this.syncBound(claim);
    else if (claim.spec?.volumeName) await this.syncNamed(claim, claim.spec.volumeName);
    else if (!claim.metadata.deletionTimestamp) await this.syncUnbound(claim);
  }

  private async syncUnbound(claim: ObservedClaim): Promise<void> {
    const { bindings, classes, volumes, defaultClass, provisioning } = this.parts;
    const className = classOf(claim) ?? '';
    const waits = classes.get('', className)?.volumeBindingMode === 'WaitForFirstConsumer';
    // With the binding mode WaitForFirstConsumer the scheduler chooses: only the volume it has kept will do.
    const volume = matchVolume(
      volumes.list().filter((one) => !bindings.isStale(one)),
      claim,
      waits,
    );
    if (volume) return bindings.bind(volume, claim);
    if (await defaultClass.assign(claim)) return;
    if (waits && !claim.metadata.annotations?.[selectedNode]) this.sayWhoWaits(claim);
    else if (className) return provisioning.provision(claim, className);
    else {
      const text = 'no persistent volumes available for this claim and no storage class is set';
      bindings.say(claim, normal('FailedBinding', text));
    }
    await bindings.setClaimPhase(claim, 'Pending');
  }

  private sayWhoWaits(claim: ObservedClaim): void {
    const key = keyOf(claim.metadata.namespace, claim.metadata.name ?? '');
    const names = usersOf(this.parts.pods, key)
      .filter(({ spec }) => !spec?.nodeName)
      .map(({ metadata }) => metadata.name)
      .sort();
    if (names.length === 0) {
      const text = 'waiting for first consumer to be created before binding';
      return this.parts.bindings.say(claim, normal('WaitForFirstConsumer', text));
    }
    const text = `waiting for ${names.length > 1 ? 'pods' : 'pod'} ${names.join(',')} to be scheduled`;
    this.parts.bindings.say(claim, normal('WaitForPodScheduled', text));
  }

  /** A claim that names its volume. */
  private async syncNamed(claim: ObservedClaim, volumeName: string): Promise<void> {
    const { bindings, volumes } = this.parts;
    const volume = volumes.get('', volumeName);
    if (!volume) return bindings.setClaimPhase(claim, 'Pending');
    if (volume.spec?.claimRef) {
      if (isFor(volume, claim)) return bindings.bind(volume, claim);
      bindings.say(claim, warning('FailedBinding', `volume "${volumeName}" already bound to a different claim.`));
      // By our own hand: somebody has taken the mark of the finished binding away, and there is nothing to wait for.
      if (claim.metadata.annotations?.[boundByController]) return;
      return bindings.setClaimPhase(claim, 'Pending');
    }
    const why = mismatch(volume, claim);
    if (!why) return bindings.bind(volume, claim);
    bindings.say(claim, warning('VolumeMismatch', `Cannot bind to requested volume "${volumeName}": ${why}`));
    await bindings.setClaimPhase(claim, 'Pending');
  }

  private async syncBound(claim: ObservedClaim): Promise<void> {
    const { bindings, volumes } = this.parts;
    const { volumeName } = claim.spec ?? {};
    const lost = (text: string) => bindings.setClaimPhase(claim, 'Lost', warning('ClaimLost', text));
    if (!volumeName) return lost('Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
    const volume = volumes.get('', volumeName);
    if (!volume) return lost('Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    if (!volume.spec?.claimRef || volume.spec.claimRef.uid === claim.metadata.uid) return bindings.bind(volume, claim);
    // Just bound by us, and the copy is from before.
    if (bindings.isStale(volume)) return;
    const text = 'Two claims are bound to the same volume, this one is bound incorrectly';
    await bindings.setClaimPhase(claim, 'Lost', warning('ClaimMisbound', text));
  }
}
