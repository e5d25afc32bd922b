import { checkFieldNames, FieldMatcher, parseFieldSelector, parseLabelSelector } from '@nestor/api';
import type { Matcher } from '@nestor/watch';
import type { ServedResource } from '../registry/served-resource';

/** What the two selectors of a request choose. */
export interface Selection {
  /** Absent: everything. */
  matches?: Matcher;
  /** One label that everything chosen has, where the selector asks for equality. */
  label?: { key: string; value: string };
  /** metadata.name=x: a single object. */
  name?: string;
  /** metadata.namespace=x on a request over all namespaces. */
  namespace?: string;
}

export function selectionOf(served: ServedResource, query: URLSearchParams): Selection {
  const labelText = query.get('labelSelector') ?? '';
  const fieldText = query.get('fieldSelector') ?? '';
  if (labelText === '' && fieldText === '') return {};
  const labels = parseLabelSelector(labelText);
  const fields = parseFieldSelector(fieldText);
  checkFieldNames(fields, served.definition.selectableFieldNames);
  return {
    ...matcherOf(labels, fields),
    label: equalLabel(labels),
    name: fields.exact('metadata.name'),
    namespace: fields.exact('metadata.namespace'),
  };
}

function matcherOf(labels: ReturnType<typeof parseLabelSelector>, fields: FieldMatcher): Pick<Selection, 'matches'> {
  if (labels.matchesEverything && fields.matchesEverything) return {};
  if (fields.matchesEverything) return { matches: (object) => labels.matches(object.labels) };
  if (labels.matchesEverything) return { matches: (object) => fields.matches(object.fields) };
  return { matches: (object) => labels.matches(object.labels) && fields.matches(object.fields) };
}

function equalLabel({ requirements }: ReturnType<typeof parseLabelSelector>): Selection['label'] {
  for (const { key, operator, values } of requirements) {
    const [value] = values;
    const isEqual = operator === '=' || operator === '==' || (operator === 'in' && values.length === 1);
    if (isEqual && value !== undefined) return { key, value };
  }
  return undefined;
}
