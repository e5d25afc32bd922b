import {
  controllerReference,
  isAlreadyExists,
  isNotFound,
  type OwnerReference,
  type PersistentVolumeClaim,
} from '@nestor/api';
import type { EventRecorder, ResourceClient } from '@nestor/client';
import {
  claimsOf,
  ordinalOf,
  replicasOf,
  startOrdinal,
  type ObservedPod,
  type ObservedStatefulSet,
} from './pod-identity';

/** The claims of a StatefulSet's pods: made with them, and owned as the retention policy says. */
export class ClaimKeeper {
  constructor(
    private readonly claims: ResourceClient<PersistentVolumeClaim>,
    private readonly recorder: EventRecorder,
  ) {}

  async create(set: ObservedStatefulSet, ordinal: number): Promise<void> {
    for (const claim of claimsOf(set, ordinal)) {
      const pod = `${set.metadata.name}-${ordinal}`;
      try {
        await this.claims.create(claim);
      } catch (error) {
        if (isAlreadyExists(error)) continue;
        const text = `create Claim ${claim.metadata.name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${String(error)}`;
        this.recorder.event(set, 'Warning', 'FailedCreate', text);
        throw error;
      }
      const text = `create Claim ${claim.metadata.name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
      this.recorder.event(set, 'Normal', 'SuccessfulCreate', text);
    }
  }

  /** whenDeleted: Delete makes the set an owner of the claims; whenScaled: Delete the pods that are to go. */
  async keepOwners(set: ObservedStatefulSet, pods: readonly ObservedPod[]): Promise<void> {
    const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
    const hasClaims = (set.spec?.volumeClaimTemplates ?? []).length > 0;
    if (!hasClaims || (whenDeleted !== 'Delete' && whenScaled !== 'Delete')) return;
    for (const pod of pods) {
      const ordinal = ordinalOf(set, pod.metadata.name);
      for (const { metadata } of claimsOf(set, ordinal)) await this.own(set, pod, ordinal, metadata.name ?? '');
    }
  }

  private async own(set: ObservedStatefulSet, pod: ObservedPod, ordinal: number, name: string): Promise<void> {
    const { whenDeleted, whenScaled } = set.spec?.persistentVolumeClaimRetentionPolicy ?? {};
    const isCondemned = ordinal < startOrdinal(set) || ordinal >= startOrdinal(set) + replicasOf(set);
    const wanted: OwnerReference[] = [];
    if (whenScaled === 'Delete' && isCondemned)
      wanted.push({ apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name ?? '', uid: pod.metadata.uid ?? '' });
    else if (whenDeleted === 'Delete') wanted.push(controllerReference(set));
    const claim = await this.claims.get(name, set.metadata.namespace).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
      return undefined;
    });
    if (!claim || claim.metadata.deletionTimestamp) return;
    const ours = new Set([pod.metadata.uid, set.metadata.uid]);
    const others = (claim.metadata.ownerReferences ?? []).filter(({ uid }) => !ours.has(uid));
    const next = [...others, ...wanted];
    const same = (list: readonly OwnerReference[]): string => list.map(({ uid }) => uid).join();
    if (same(next) === same(claim.metadata.ownerReferences ?? [])) return;
    await this.claims.update({ ...claim, metadata: { ...claim.metadata, ownerReferences: next } });
  }
}
