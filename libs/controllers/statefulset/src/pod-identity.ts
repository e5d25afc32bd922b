import {
  controllerReference,
  type DeepReadonly,
  type PersistentVolumeClaim,
  type Pod,
  type PodTemplateSpec,
  type StatefulSet,
  type Volume,
} from '@nestor/api';
import { controllerRevisionHash } from '@nestor/controller-kit';

export type ObservedStatefulSet = DeepReadonly<StatefulSet>;
export type ObservedPod = DeepReadonly<Pod>;

export const podNameLabel = 'statefulset.kubernetes.io/pod-name';
export const podIndexLabel = 'apps.kubernetes.io/pod-index';

export const startOrdinal = (set: ObservedStatefulSet): number => set.spec?.ordinals?.start ?? 0;
export const replicasOf = (set: ObservedStatefulSet): number => set.spec?.replicas ?? 1;
export const revisionOf = (pod: ObservedPod): string => pod.metadata.labels?.[controllerRevisionHash] ?? '';
export const podNameOf = (set: ObservedStatefulSet, ordinal: number): string => `${set.metadata.name}-${ordinal}`;

/** -1 for a name that is none of the set's. */
export function ordinalOf(set: ObservedStatefulSet, podName: string | undefined): number {
  const prefix = `${set.metadata.name}-`;
  const rest = podName?.startsWith(prefix) ? podName.slice(prefix.length) : '';
  return /^(0|[1-9]\d*)$/.test(rest) ? Number(rest) : -1;
}

export const claimName = (template: string | undefined, podName: string): string => `${template}-${podName}`;

/** The pod of an ordinal, made from a revision's template. */
export function newPod(set: ObservedStatefulSet, ordinal: number, template: PodTemplateSpec, revision: string): Pod {
  const { metadata, spec } = structuredClone(template);
  const pod: Pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: podNameOf(set, ordinal),
      namespace: set.metadata.namespace,
      labels: { ...metadata?.labels, [controllerRevisionHash]: revision },
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ownerReferences: [controllerReference(set)],
    },
    spec: { containers: [], ...spec },
  };
  return withIdentity(set, ordinal, pod);
}

/** Name, labels, host name and volumes that belong to the ordinal. Changes the pod it is given. */
export function withIdentity(set: ObservedStatefulSet, ordinal: number, pod: Pod): Pod {
  const name = podNameOf(set, ordinal);
  pod.metadata.labels = { ...pod.metadata.labels, [podNameLabel]: name, [podIndexLabel]: String(ordinal) };
  if (pod.spec) {
    pod.spec.hostname = name;
    pod.spec.subdomain = set.spec?.serviceName || undefined;
    pod.spec.volumes = volumesOf(set, name, pod.spec.volumes ?? []);
  }
  return pod;
}

/** Claims take the place of template volumes of the same name. */
function volumesOf(set: ObservedStatefulSet, podName: string, volumes: readonly Volume[]): Volume[] {
  const claims = (set.spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata?.name ?? '');
  const own = claims.map((name) => ({
    name,
    persistentVolumeClaim: { claimName: claimName(name, podName), readOnly: false },
  }));
  return [...own, ...volumes.filter(({ name }) => !claims.includes(name))];
}

export function identityMatches(set: ObservedStatefulSet, pod: ObservedPod): boolean {
  const ordinal = ordinalOf(set, pod.metadata.name);
  const labels = pod.metadata.labels ?? {};
  return ordinal >= 0 && labels[podNameLabel] === pod.metadata.name && labels[podIndexLabel] === String(ordinal);
}

/** The claims of one ordinal, with the owners that the retention policy wants. */
export function claimsOf(set: ObservedStatefulSet, ordinal: number): PersistentVolumeClaim[] {
  const podName = podNameOf(set, ordinal);
  return (set.spec?.volumeClaimTemplates ?? []).map((template) => {
    const { metadata, spec } = structuredClone(template) as PersistentVolumeClaim;
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: {
        ...metadata,
        name: claimName(metadata.name, podName),
        namespace: set.metadata.namespace,
        labels: { ...metadata.labels, ...set.spec?.selector?.matchLabels },
      },
      spec,
    };
  });
}
