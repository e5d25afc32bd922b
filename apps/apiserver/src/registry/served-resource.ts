import { GroupKind, GroupResource, ResourceDefinition, storageKey } from '@nestor/api';
import type { StructuralSchema } from '@nestor/schema';

/** A resource at one version, with what every request to it needs worked out once. */
export interface ServedResource {
  readonly definition: ResourceDefinition;
  /** storageKey: what store, cache and bus call it. */
  readonly key: string;
  /** "v1" or "apps/v1". */
  readonly apiVersion: string;
  /** The version bodies are stored at; another one only for custom resources of several versions. */
  readonly storageApiVersion: string;
  readonly groupResource: GroupResource;
  readonly groupKind: GroupKind;
  readonly schema: StructuralSchema;
}

export const joinGroupVersion = (group: string, version: string): string =>
  group === '' ? version : `${group}/${version}`;

export function serve(definition: ResourceDefinition, storageVersion = definition.version): ServedResource {
  const { group, version, plural, kind } = definition;
  let schema: StructuralSchema | undefined;
  return {
    definition,
    key: storageKey(definition),
    apiVersion: joinGroupVersion(group, version),
    storageApiVersion: joinGroupVersion(group, storageVersion),
    groupResource: { group, resource: plural },
    groupKind: { group, kind },
    // Built on first use: resolving all kinds at start would be most of the start time.
    get schema() {
      return (schema ??= definition.schema());
    },
  };
}
