import { definitionSchema } from '@nestor/schema';
import type { ApiObject } from '../meta/json-types';
import { ageSince } from '../meta/human-duration';
import type { ResourceDefinition, TableColumn } from '../resource-definition';

type Given = Pick<ResourceDefinition, 'group' | 'version' | 'kind' | 'plural' | 'namespaced' | 'definition'> &
  Partial<ResourceDefinition>;

/** A ResourceDefinition from what is particular to the kind; the rest is what most kinds have. */
export function defineKind(given: Given): ResourceDefinition {
  return {
    singular: given.kind.toLowerCase(),
    listKind: `${given.kind}List`,
    shortNames: [],
    categories: [],
    hasStatus: false,
    hasGeneration: false,
    strategy: {},
    columns: [nameColumn, ageColumn],
    cells: (object, now) => [object.metadata.name, age(object, now)],
    schema: () => definitionSchema(given.definition),
    ...given,
  };
}

export const nameColumn: TableColumn = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description:
    'Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names',
};
export const ageColumn: TableColumn = {
  name: 'Age',
  type: 'string',
  description:
    'CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.',
};
/** A column shown always. */
export const column = (name: string, type: TableColumn['type'] = 'string', description = ''): TableColumn => ({
  name,
  type,
  description,
});
/** A column shown with -o wide only. */
export const wideColumn = (name: string, type: TableColumn['type'] = 'string', description = ''): TableColumn => ({
  name,
  type,
  description,
  priority: 1,
});

export const age = (object: ApiObject, now: Date): string => ageSince(object.metadata.creationTimestamp, now);

/** What an empty cell shows. */
export const orNone = (value: string | undefined | null): string => (value ? value : '<none>');

/** At most three items, then how many more there are. */
export function listWithMore(items: readonly string[], shown = 3): string {
  const text = items.slice(0, shown).join(',');
  return items.length > shown ? `${text} + ${items.length - shown} more...` : text;
}
