import { controllerReference, type DeepReadonly, type Pod, type ReplicaSet } from '@nestor/api';

/** The pod of a ReplicaSet's template; the server completes the name. */
export function newPod(replicaSet: DeepReadonly<ReplicaSet>): Pod {
  const { metadata, spec } = structuredClone(replicaSet.spec?.template ?? {}) as NonNullable<
    NonNullable<ReplicaSet['spec']>['template']
  >;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: namePrefix(replicaSet.metadata.name ?? ''),
      namespace: replicaSet.metadata.namespace,
      labels: metadata?.labels,
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ownerReferences: [controllerReference(replicaSet)],
    },
    spec,
  };
}

/** A prefix that is too long to be a pod's name is cut by the server; the dash stays a dash. */
function namePrefix(name: string): string {
  return `${name}-`;
}
