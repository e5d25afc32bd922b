import { parseFieldSelector, parseLabelSelector, type ApiObject, type FieldMatcher } from '@nestor/api';
import { nodePattern, watchPattern } from '@nestor/watch';
import type { ResourceRef } from '../contracts';

/** Which part of a resource an informer holds. */
export interface Selection {
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Objects without anything but their metadata: the server sends no more, and no more is kept. */
  metadataOnly?: boolean;
}

/** How the bus carries a selection: what to subscribe to, and what is left to filter here. */
export interface BusSelection {
  pattern: string;
  matches?: (object: ApiObject) => boolean;
}

/**
 * A node's own pods and the Node itself have streams of their own. Every other selection listens to the whole resource and filters,
 * because `previous` counts per resource: a narrower subscription would see a gap at every event.
 */
export function busSelection(ref: ResourceRef, selection: Selection): BusSelection {
  const { namespace, labelSelector, fieldSelector } = selection;
  const fields = parseFieldSelector(fieldSelector);
  const ownStream = nodeStream(ref, fields);
  const tests: ((object: ApiObject) => boolean)[] = [];
  if (namespace) tests.push((object) => object.metadata.namespace === namespace);
  if (labelSelector) {
    const labels = parseLabelSelector(labelSelector);
    tests.push((object) => labels.matches(object.metadata.labels));
  }
  if (fieldSelector && !ownStream) {
    const names = fields.requirements.map((requirement) => requirement.field);
    tests.push((object) => fields.matches(Object.fromEntries(names.map((name) => [name, valueAt(object, name)]))));
  }
  return {
    pattern: ownStream ?? watchPattern(ref),
    matches: tests.length ? (object) => tests.every((test) => test(object)) : undefined,
  };
}

function nodeStream({ group, plural }: ResourceRef, fields: FieldMatcher): string | undefined {
  if (group !== '' || fields.requirements.length !== 1) return undefined;
  const node = plural === 'pods' ? fields.exact('spec.nodeName') : undefined;
  if (node) return nodePattern(node, 'pods');
  const self = plural === 'nodes' ? fields.exact('metadata.name') : undefined;
  return self ? nodePattern(self, 'nodes') : undefined;
}

/** Selectable fields are paths of the object; an absent one counts as ''. */
function valueAt(object: ApiObject, path: string): string {
  let value: unknown = object;
  for (const step of path.split('.')) {
    if (typeof value !== 'object' || value === null) return '';
    value = (value as Record<string, unknown>)[step];
  }
  return value === undefined || value === null ? '' : String(value);
}
