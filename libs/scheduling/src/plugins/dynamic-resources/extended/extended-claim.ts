import { extendedResourceAnnotation, isDeviceResource, type DeepReadonly, type Pod } from '@nestor/api';
import type { NodeInfo } from '../../../cache/node-info';
import type { PodInfo } from '../../../cache/pod-info';
import type { Claim } from '../allocator/wanted-devices';
import type { DeviceView } from '../device-view';
import { deviceResourcesOf } from './device-resources';
import { extendedRequests, type ExtendedRequests } from './extended-requests';

/** A name that no stored claim can have. */
const nameInMemory = '<extended-resources>';

/** The claim for resources of a pod that devices stand for. It is stored when the pod is bound. */
export interface ExtendedClaim {
  readonly claim: Claim;
  /** It was stored in a cycle that failed, for a node that may not be the one now. */
  readonly isStale: boolean;
}

/** What of the claim one node needs: it may have some of the resources itself. */
export interface NodeShare {
  readonly claim: Claim;
  readonly mappings: ExtendedRequests['mappings'];
}

export function extendedClaimOf(pod: PodInfo, view: DeviceView): ExtendedClaim | undefined {
  if (deviceResourcesOf(pod, view.classFor).length === 0) return undefined;
  const stored = view.extendedClaim(pod.uid);
  return stored ? { claim: stored, isStale: true } : { claim: claimInMemory(pod.pod), isStale: false };
}

function claimInMemory({ metadata }: DeepReadonly<Pod>): Claim {
  const { name = '', namespace, uid = '' } = metadata;
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: {
      name: nameInMemory,
      namespace,
      // Until it is stored its devices are counted under this.
      uid: `extended-resources-of-${uid}`,
      generateName: `${name}-extended-resources-`,
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name, uid, controller: true }],
      annotations: { [extendedResourceAnnotation]: 'true' },
    },
    spec: {},
  };
}

/** Undefined where the node has all resources itself, a text where it can have one in no way. */
export function shareOn(
  { claim }: ExtendedClaim,
  { pod, requests }: PodInfo,
  { allocatable }: NodeInfo,
  { classFor }: DeviceView,
): NodeShare | string | undefined {
  const missing: string[] = [];
  for (const [name, amount] of requests.scalars) {
    if (amount === 0 || !isDeviceResource(name)) continue;
    const own = allocatable.scalars.get(name);
    if (classFor(name) && !own) missing.push(name);
    else if (own === undefined) return 'cannot fit resource';
  }
  if (missing.length === 0) return undefined;
  const { requests: devices, mappings } = extendedRequests(pod, missing, classFor);
  return { claim: { ...claim, spec: { devices: { requests: devices } } }, mappings };
}
