import { ApiObject, badRequest, DeepReadonly, TableColumn } from '@nestor/api';
import type { CachedObject } from '@nestor/watch';
import type { ServedResource } from '../registry/served-resource';
import { objectAt } from './versioned-bytes';

export interface ListMeta {
  resourceVersion?: string;
  continue?: string;
  remainingItemCount?: number;
}

export type IncludeObject = 'None' | 'Metadata' | 'Object';

export function includeObjectOf(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`);
}

const columnOf = ({ name, type, format, description, priority }: TableColumn): Record<string, unknown> => ({
  name,
  type,
  format: format ?? '',
  description: description ?? '',
  priority: priority ?? 0,
});

/** meta.k8s.io Table: what `kubectl get` prints. */
export function tableOf(
  served: ServedResource,
  objects: readonly CachedObject[],
  options: { version: string; metadata: ListMeta; include: IncludeObject; columns?: boolean },
): unknown {
  const row = rowsOf(served, options);
  return { ...tableHead(served, options), rows: objects.map(row) };
}

/** All of a Table but its rows. */
export function tableHead(
  served: ServedResource,
  options: { version: string; metadata: ListMeta; columns?: boolean },
): Record<string, unknown> {
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${options.version || 'v1'}`,
    metadata: options.metadata,
    // A watch names the columns once.
    columnDefinitions: options.columns === false ? null : served.definition.columns.map(columnOf),
  };
}

/** Makes rows, all at one time of day. */
export function rowsOf(
  served: ServedResource,
  options: { include: IncludeObject; version: string },
): (object: CachedObject) => unknown {
  const now = new Date();
  return (object) => rowOf(served, objectAt(served, object), { now, ...options });
}

function rowOf(
  served: ServedResource,
  object: DeepReadonly<ApiObject>,
  { now, include, version }: { now: Date; include: IncludeObject; version: string },
): unknown {
  const cells = served.definition.cells(object as ApiObject, now);
  if (include === 'None') return { cells, object: null };
  return { cells, object: include === 'Object' ? object : partialMetadata(object, version) };
}

export function partialMetadata(object: DeepReadonly<ApiObject>, version: string): unknown {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version || 'v1'}`, metadata: object.metadata };
}
