import { controllerReference, type DaemonSet, type DeepReadonly, type Pod, type PodTemplateSpec } from '@nestor/api';
import { controllerRevisionHash } from '@nestor/controller-kit';
import { tolerationsOf } from './node-eligibility';

export type ObservedDaemonSet = DeepReadonly<DaemonSet>;
export type ObservedPod = DeepReadonly<Pod>;

const generationLabel = 'pod-template-generation';
const nodeField = 'metadata.name';

export const hashOf = (pod: ObservedPod): string => pod.metadata.labels?.[controllerRevisionHash] ?? '';

/** The pod of one node: the scheduler binds it there, because its affinity names the node. */
export function newDaemonPod(set: ObservedDaemonSet, node: string, hash: string): Pod {
  const template = structuredClone(set.spec?.template ?? {}) as PodTemplateSpec;
  const { metadata, spec } = template;
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${set.metadata.name}-`,
      namespace: set.metadata.namespace,
      labels: {
        ...metadata?.labels,
        [controllerRevisionHash]: hash,
        [generationLabel]:
          set.metadata.annotations?.['deprecated.daemonset.template.generation'] ??
          String(set.metadata.generation ?? 1),
      },
      annotations: metadata?.annotations,
      finalizers: metadata?.finalizers,
      ownerReferences: [controllerReference(set)],
    },
    spec: {
      containers: [],
      ...spec,
      tolerations: tolerationsOf(template),
      affinity: pinned(spec?.affinity, node),
    },
  };
}

type Affinity = NonNullable<NonNullable<PodTemplateSpec['spec']>['affinity']>;

/** ReplaceDaemonSetPodNodeNameNodeAffinity: the required terms gave way to the node's name, they were judged already. */
function pinned(affinity: Affinity | undefined, node: string): Affinity {
  const term = { matchFields: [{ key: nodeField, operator: 'In', values: [node] }] };
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  };
}

/** The node a pod is on or is meant for. */
export function nodeOf({ spec }: ObservedPod): string | undefined {
  if (spec?.nodeName) return spec.nodeName;
  const terms = spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields } of terms) {
    const field = matchFields?.find(({ key, operator }) => key === nodeField && operator === 'In');
    if (field?.values?.length === 1) return field.values[0];
  }
  return undefined;
}
