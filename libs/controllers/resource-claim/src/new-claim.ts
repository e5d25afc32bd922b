import {
  podClaimAnnotation,
  type DeepReadonly,
  type Pod,
  type PodClaim,
  type ResourceClaim,
  type ResourceClaimTemplate,
} from '@nestor/api';

/** Of a name with 63 characters a hyphen and five random ones are the API server's. */
const maxBaseLength = 57;

/** The pod's name and the claim's, both cut in proportion where they are too long. */
export function generatedNameOf(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`;
  if (whole.length <= maxBaseLength) return whole;
  const cut = (name: string): string => name.slice(0, Math.floor((name.length * maxBaseLength) / whole.length));
  return `${cut(pod)}-${cut(claim)}`;
}

export function claimFromTemplate(
  pod: DeepReadonly<Pod>,
  { name }: PodClaim,
  { spec }: DeepReadonly<ResourceClaimTemplate>,
): ResourceClaim {
  const { metadata } = pod;
  const owner = { apiVersion: 'v1', kind: 'Pod', name: metadata.name ?? '', uid: metadata.uid ?? '' };
  return {
    apiVersion: 'resource.k8s.io/v1',
    kind: 'ResourceClaim',
    metadata: {
      generateName: generatedNameOf(metadata.name ?? '', name),
      namespace: metadata.namespace,
      ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: true }],
      annotations: { ...spec.metadata?.annotations, [podClaimAnnotation]: name },
      ...(spec.metadata?.labels && { labels: { ...spec.metadata.labels } }),
    },
    spec: structuredClone(spec.spec) as ResourceClaim['spec'],
  };
}
