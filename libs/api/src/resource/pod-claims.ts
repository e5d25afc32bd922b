import type { DeepReadonly, Pod, ResourceClaim } from '../meta/json-types';

/** Keeps an allocated claim until its devices are given back. */
export const claimFinalizer = 'resource.kubernetes.io/delete-protection';
/** On a generated claim: which of its pod's claims it is. */
export const podClaimAnnotation = 'resource.kubernetes.io/pod-claim-name';
/** On the claim that the scheduler makes for extended resources. */
export const extendedResourceAnnotation = 'resource.kubernetes.io/extended-resource-claim';
const maxReservations = 256;

type ReadPod = DeepReadonly<Pod>;
type ReadClaim = DeepReadonly<ResourceClaim>;
export type PodClaim = NonNullable<NonNullable<ReadPod['spec']>['resourceClaims']>[number];

export type PodClaimName =
  /** The claim is there, or should be; a generated one must belong to the pod. */
  | { name: string; generated: boolean }
  /** Nobody has made the claim yet. */
  | 'pending'
  | 'not needed';

/** resourceclaim.Name: what a pod's claim is called. */
export function podClaimName({ status }: ReadPod, claim: PodClaim): PodClaimName {
  if (claim.resourceClaimName !== undefined) return { name: claim.resourceClaimName, generated: false };
  const found = status?.resourceClaimStatuses?.find(({ name }) => name === claim.name);
  if (!found) return 'pending';
  return found.resourceClaimName === undefined ? 'not needed' : { name: found.resourceClaimName, generated: true };
}

/** Names of the claims of a pod that are known, that for its extended resources included. */
export function knownClaimNames(pod: ReadPod): string[] {
  const names = (pod.spec?.resourceClaims ?? []).flatMap((claim) => {
    const name = podClaimName(pod, claim);
    return typeof name === 'string' ? [] : [name.name];
  });
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  return extended === undefined ? names : [...names, extended];
}

/** The pod that a claim was made for. */
export function owningPod({ metadata }: ReadClaim): { name: string; uid: string } | undefined {
  return metadata.ownerReferences?.find(
    ({ controller, apiVersion, kind }) => controller === true && apiVersion === 'v1' && kind === 'Pod',
  );
}

/** resourceclaim.IsForPod, with its words where it is not. */
export function notForPod(pod: ReadPod, claim: ReadClaim): string | undefined {
  if (owningPod(claim)?.uid === pod.metadata.uid) return undefined;
  const [podKey, claimKey] = [pod, claim].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return `ResourceClaim ${claimKey} was not created for pod ${podKey} (pod is not owner)`;
}

export function isReservedFor({ metadata }: ReadPod, claim: ReadClaim): boolean {
  return claim.status?.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false;
}

export function canBeReserved({ status }: ReadClaim): boolean {
  return (status?.reservedFor?.length ?? 0) < maxReservations;
}

/** None of its containers runs or ever will. */
export function isPodDone({ metadata, spec, status }: ReadPod): boolean {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return true;
  return metadata.deletionTimestamp !== undefined && !spec?.nodeName;
}

export const reservationFor = ({ metadata }: ReadPod) => ({
  resource: 'pods',
  name: metadata.name ?? '',
  uid: metadata.uid ?? '',
});
