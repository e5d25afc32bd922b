import {
  extendedResourceAnnotation,
  knownClaimNames,
  notForPod,
  owningPod,
  podClaimName,
  type DeepReadonly,
  type ResourceClaim,
} from '@nestor/api';
import type { PodInfo } from '../../cache/pod-info';
import {
  ClusterEventInterest,
  ObjectEvent,
  ObjectEventKind,
  interest,
  isOwnChange,
} from '../../framework/cluster-event';
import type { Claim } from './allocator/wanted-devices';
import type { DeviceView } from './device-view';
import { deviceResourcesOf, type DeviceResources } from './extended/device-resources';

export const hasClaims = ({ pod }: PodInfo): boolean => (pod.spec?.resourceClaims?.length ?? 0) > 0;

/** Whether the pod asks for devices, by claims or by names of resources. */
const needsDevices = (pod: PodInfo, classes: DeviceResources): boolean =>
  hasClaims(pod) || deviceResourcesOf(pod, classes).length > 0;

/** The claims that a pod needs, or why they cannot be had yet. */
export function claimsOfPod({ pod, key }: PodInfo, view: DeviceView): Claim[] | string {
  const claims: Claim[] = [];
  for (const one of pod.spec?.resourceClaims ?? []) {
    const known = podClaimName(pod, one);
    if (known === 'not needed') continue;
    if (known === 'pending') return `pod ${JSON.stringify(key)}: ResourceClaim not created yet`;
    const claim = view.claim(`${pod.metadata.namespace}/${known.name}`);
    const name = JSON.stringify(known.name);
    if (!claim) return `resourceclaim.resource.k8s.io ${name} not found`;
    if (claim.metadata.deletionTimestamp) return `resourceclaim ${name} is being deleted`;
    const foreign = known.generated ? notForPod(pod, claim) : undefined;
    if (foreign !== undefined) return foreign;
    claims.push(claim);
  }
  return claims;
}

const isClaimOf = ({ pod }: PodInfo, { metadata }: DeepReadonly<ResourceClaim>): boolean =>
  metadata.namespace === pod.metadata.namespace && knownClaimNames(pod).includes(metadata.name ?? '');

const isExtendedClaimOf = ({ uid }: PodInfo, claim: DeepReadonly<ResourceClaim>): boolean =>
  claim.metadata.annotations?.[extendedResourceAnnotation] === 'true' && owningPod(claim)?.uid === uid;

/** The pod's own claim, or one that has given devices back. */
function claimHelps(pod: PodInfo, event: ObjectEvent): boolean {
  const claim = event.object as DeepReadonly<ResourceClaim>;
  const before = event.before as DeepReadonly<ResourceClaim> | undefined;
  if (event.kind === 'ResourceClaim/Delete')
    return claim.status?.allocation !== undefined || isExtendedClaimOf(pod, claim);
  const isFreed = before?.status?.allocation !== undefined && claim.status?.allocation === undefined;
  return isFreed || isClaimOf(pod, claim);
}

/** What may make a pod schedulable that lacks devices. */
export function claimEvents(classes: DeviceResources): readonly ClusterEventInterest[] {
  const needs = (pod: PodInfo): boolean => needsDevices(pod, classes);
  const onObject = (
    kind: ObjectEventKind,
    helps: (pod: PodInfo, event: ObjectEvent) => boolean = () => true,
  ): ClusterEventInterest => ({ kind, helps: (pod, event) => needs(pod) && helps(pod, event as ObjectEvent) });
  return [
    onObject('ResourceClaim/Add', claimHelps),
    onObject('ResourceClaim/Update', claimHelps),
    onObject('ResourceClaim/Delete', claimHelps),
    onObject('ResourceSlice/Add'),
    onObject('ResourceSlice/Update'),
    onObject('DeviceTaintRule/Update'),
    onObject('DeviceTaintRule/Delete'),
    onObject('DeviceClass/Add'),
    onObject('DeviceClass/Update'),
    interest('PodChanged', (pod, event) => isOwnChange(pod, event) && event.changed.has('claims')),
    interest('NodeAdded', needs),
    interest('NodeUpdated', (pod, { changed }) => needs(pod) && changed.has('labels')),
  ];
}
