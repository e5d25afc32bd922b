import {
  controllerReference,
  podTemplateHash,
  semanticEqual,
  type ApiObject,
  type ControllerRevision,
  type DeepReadonly,
  type PodTemplateSpec,
} from '@nestor/api';

/** On revisions; pods carry the hash or the revision's name under controllerRevisionHash. */
export const revisionHashLabel = 'controller.kubernetes.io/hash';
export const controllerRevisionHash = 'controller-revision-hash';

type Owner = Pick<DeepReadonly<ApiObject>, 'apiVersion' | 'kind' | 'metadata'>;
type ObservedRevision = DeepReadonly<ControllerRevision>;

/** What a revision keeps of its owner: the template, as a patch that puts it back (kubectl rollout undo applies it). */
export function revisionData(template: DeepReadonly<PodTemplateSpec> | undefined): object {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

/** The template that a revision keeps. */
export function revisionTemplate(revision: ObservedRevision): PodTemplateSpec | undefined {
  const data = revision.data as { spec?: { template?: PodTemplateSpec & { $patch?: string } } } | undefined;
  if (!data?.spec?.template) return undefined;
  const { $patch: _patch, ...template } = structuredClone(data.spec.template);
  return template;
}

export function newRevision(
  owner: Owner,
  template: DeepReadonly<PodTemplateSpec>,
  revision: number,
  collisionCount: number | undefined,
  labels: Readonly<Record<string, string>>,
): ControllerRevision {
  const hash = podTemplateHash(template, collisionCount);
  const { name = '', namespace } = owner.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, 223)}-${hash}`,
      namespace,
      labels: { ...labels, [revisionHashLabel]: hash },
      ownerReferences: [controllerReference(owner)],
    },
    data: revisionData(template),
    revision,
  };
}

/** Oldest first; of equal numbers the one made first. */
export function byRevision(a: ObservedRevision, b: ObservedRevision): number {
  return (
    a.revision - b.revision ||
    Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '') ||
    ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1)
  );
}

export function nextRevision(revisions: readonly ObservedRevision[]): number {
  return Math.max(0, ...revisions.map(({ revision }) => revision)) + 1;
}

export function keepsTemplate(
  revision: ObservedRevision,
  template: DeepReadonly<PodTemplateSpec> | undefined,
): boolean {
  return semanticEqual(revision.data, revisionData(template));
}

/** The revisions that history has no room for: the oldest of those not in use. */
export function surplusRevisions(
  revisions: readonly ObservedRevision[],
  inUse: ReadonlySet<string>,
  limit: number,
): ObservedRevision[] {
  const history = [...revisions].sort(byRevision).filter(({ metadata }) => !inUse.has(metadata.name ?? ''));
  return history.slice(0, Math.max(0, history.length - limit));
}
