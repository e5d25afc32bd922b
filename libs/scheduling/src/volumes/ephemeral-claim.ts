import type { DeepReadonly, PersistentVolumeClaim } from '@nestor/api';
import type { PodInfo } from '../cache/pod-info';

/** Why a claim with the name of a pod's ephemeral volume is not the pod's own; undefined when it is. */
export function notOwnClaim(
  { pod, uid, key }: PodInfo,
  claim: DeepReadonly<PersistentVolumeClaim>,
): string | undefined {
  const { namespace, name, ownerReferences } = claim.metadata;
  const owner = ownerReferences?.find(({ controller }) => controller);
  if (namespace === pod.metadata.namespace && owner?.uid === uid) return undefined;
  return `PVC ${namespace}/${name} was not created for pod ${key} (pod is not owner)`;
}
