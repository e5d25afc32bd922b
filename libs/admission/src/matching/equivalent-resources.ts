import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { GroupVersionKind, GroupVersionResource } from '../admission-plugin';

/** One of the groups and versions under which the same stored objects are served. */
export interface EquivalentResource {
  readonly resource: GroupVersionResource;
  /** Of the (sub)resource there. */
  readonly kind: GroupVersionKind;
}

/** What else a resource is served as, and the way between (runtime.EquivalentResourceMapper and the object convertor). */
export interface EquivalentResources {
  /** All of them, the one asked about included. */
  equivalentsOf(resource: GroupVersionResource, subresource: string): readonly EquivalentResource[];
  /** The object in the form it has at another of them. A new object, unless it is in that form already. */
  convert(object: DeepReadonly<ApiObject>, from: GroupVersionResource, to: GroupVersionResource): ApiObject;
}
