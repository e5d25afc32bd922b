import type { StructuralSchema } from '../structural-schema';

/** What publication needs to know of a kind: the ResourceDefinition of libs/api fits. */
export interface PublishedResource {
  group: string;
  version: string;
  kind: string;
  plural: string;
  listKind: string;
  namespaced: boolean;
  /** Name of the published definition. */
  definition: string;
  hasStatus: boolean;
  scale?: unknown;
  custom?: boolean;
  schema(): StructuralSchema;
}

export interface GroupVersion {
  group: string;
  version: string;
}

export function apiPrefix({ group, version }: GroupVersion): string {
  return group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
}

/** apps/v1 -> AppsV1, rbac.authorization.k8s.io/v1 -> RbacAuthorizationV1, as operation ids carry it. */
export function groupVersionId({ group, version }: GroupVersion): string {
  const words = group === '' ? ['core'] : group.replace(/\.k8s\.io$/, '').split(/[.-]/);
  return [...words, version].map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

/** apps_v1 */
export function groupVersionTag({ group, version }: GroupVersion): string {
  return `${group === '' ? 'core' : group.replace(/\.k8s\.io$/, '').replaceAll('.', '')}_${version}`;
}

/** io.k8s.api.core.v1.Pod -> io.k8s.api.core.v1.PodList */
export function listDefinition(resource: PublishedResource): string {
  return `${resource.definition.slice(0, resource.definition.lastIndexOf('.') + 1)}${resource.listKind}`;
}
