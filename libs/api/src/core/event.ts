import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { CoreEvent } from '../meta/json-types';
import { ageSince } from '../meta/human-duration';
import { defineKind, nameColumn, wideColumn, column } from '../registry/define-kind';
import type { TableColumn } from '../resource-definition';

export const eventColumns: readonly TableColumn[] = [
  column('Last Seen'),
  column('Type'),
  column('Reason'),
  column('Object'),
  wideColumn('Subobject'),
  wideColumn('Source'),
  column('Message'),
  wideColumn('First Seen'),
  wideColumn('Count'),
  { ...nameColumn, priority: 1 },
];

function sourceText(event: CoreEvent): string {
  const component = event.source?.component || event.reportingComponent || '';
  const host = event.source?.host || event.reportingInstance;
  return host ? `${component}, ${host}` : component;
}

export function eventCells(event: CoreEvent, now: Date): unknown[] {
  const { involvedObject: involved, series } = event;
  const first = ageSince(event.firstTimestamp || event.eventTime, now);
  const last = series
    ? ageSince(series.lastObservedTime, now)
    : event.lastTimestamp
      ? ageSince(event.lastTimestamp, now)
      : first;
  const kind = (involved.kind ?? '').toLowerCase();
  return [
    last,
    event.type ?? '',
    event.reason ?? '',
    involved.name ? `${kind}/${involved.name}` : kind,
    involved.fieldPath ?? '',
    sourceText(event),
    (event.message ?? '').trim(),
    first,
    series ? (series.count ?? 0) : event.count || 1,
    event.metadata.name,
  ];
}

/** ToSelectableFields of the event registry. */
export function eventFields(event: CoreEvent): Record<string, string> {
  const { involvedObject: involved } = event;
  return {
    'involvedObject.kind': involved.kind ?? '',
    'involvedObject.namespace': involved.namespace ?? '',
    'involvedObject.name': involved.name ?? '',
    'involvedObject.uid': involved.uid ?? '',
    'involvedObject.apiVersion': involved.apiVersion ?? '',
    'involvedObject.resourceVersion': involved.resourceVersion ?? '',
    'involvedObject.fieldPath': involved.fieldPath ?? '',
    reason: event.reason ?? '',
    reportingComponent: event.reportingComponent ?? '',
    source: event.source?.component || event.reportingComponent || '',
    type: event.type ?? '',
  };
}

export const eventFieldNames = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
];

/** Legacy events are barely checked: the two namespaces must agree, cluster-wide objects report to default. */
function validate(event: CoreEvent): FieldError[] {
  const namespace = event.metadata.namespace ?? '';
  const involved = event.involvedObject?.namespace ?? '';
  if (
    involved === ''
      ? namespace !== '' && namespace !== 'default' && namespace !== 'kube-system'
      : involved !== namespace
  ) {
    return [field.invalid('involvedObject.namespace', involved, 'does not match event.namespace')];
  }
  return [];
}

export const eventDefinition = defineKind({
  group: '',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  definition: 'io.k8s.api.core.v1.Event',
  strategy: { allowCreateOnUpdate: true, validate, validateUpdate: validate },
  columns: eventColumns,
  cells: eventCells,
  selectableFields: eventFields,
  selectableFieldNames: eventFieldNames,
});
