import type { ApiObject, DeepReadonly } from '@nestor/api';
import type { CachedResource, ObjectIndex } from '@nestor/watch';
import type { ResourceRegistry } from './resource-registry';

/** What the watch cache must know of a resource: selectors' labels and fields. Resources that are not served have no fields of their own. */
export function describeResource(registry: ResourceRegistry, key: string): CachedResource {
  const served = registry.byKey(key);
  const selectable = served?.definition.selectableFields;
  return {
    kind: served?.definition.kind ?? 'Object',
    apiVersion: served?.apiVersion ?? 'v1',
    index: (object) => indexOf(object, selectable),
  };
}

type Selectable = ((object: ApiObject) => Record<string, string>) | undefined;

function indexOf(object: DeepReadonly<ApiObject>, selectable: Selectable): ObjectIndex {
  const { name = '', namespace = '', labels = {} } = object.metadata;
  return {
    labels,
    fields: { 'metadata.name': name, 'metadata.namespace': namespace, ...selectable?.(object as ApiObject) },
  };
}
