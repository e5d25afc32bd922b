import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { ApiObject, CoreEvent } from '../meta/json-types';
import { isQualifiedName } from '../meta/names';
import { eventCells, eventColumns, eventFieldNames, eventFields } from '../core/event';
import { defineKind } from '../registry/define-kind';
import { invalidEach, validateImmutable } from '../validation/checks';
import { eventFromStorage, eventToStorage } from './event-conversion';

const asCore = (event: ApiObject): CoreEvent => eventToStorage(event) as unknown as CoreEvent;

const texts = [
  ['reportingController', 128],
  ['reportingInstance', 128],
  ['action', 128],
  ['reason', 128],
  ['note', 1024],
] as const;

/** ValidateEventCreate for the new API: who, what and when must be said. */
function validate(event: ApiObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!event['eventTime']) errors.push(field.required('eventTime'));
  for (const [name, limit] of texts) {
    const value = typeof event[name] === 'string' ? event[name] : '';
    if (value === '' && name !== 'note') errors.push(field.required(name));
    else if (Buffer.byteLength(value) > limit) {
      errors.push(field.invalid(name, '', `can have at most ${limit} characters`));
    }
    if (name === 'reportingController' && value) errors.push(...invalidEach(value, isQualifiedName(value), name));
  }
  const type = event['type'];
  if (type !== 'Normal' && type !== 'Warning') {
    errors.push(field.invalid('type', type ?? '', 'has invalid value: ' + String(type ?? '')));
  }
  return errors;
}

const immutable = [
  'eventTime',
  'reportingController',
  'reportingInstance',
  'action',
  'reason',
  'regarding',
  'related',
  'note',
  'type',
];

function validateUpdate(event: ApiObject, old: Readonly<ApiObject>): FieldError[] {
  return immutable.flatMap((name) => validateImmutable(event[name], old[name], name));
}

/** The newer name of the same events. */
export const newEventDefinition = defineKind({
  group: 'events.k8s.io',
  version: 'v1',
  kind: 'Event',
  plural: 'events',
  shortNames: ['ev'],
  namespaced: true,
  definition: 'io.k8s.api.events.v1.Event',
  strategy: { allowCreateOnUpdate: true, validate, validateUpdate },
  columns: eventColumns,
  cells: (event, now) => eventCells(asCore(event), now),
  selectableFields: (event) => {
    const { source: _, ...fields } = eventFields(asCore(event));
    return Object.fromEntries(Object.entries(fields).map(([name, value]) => [servedFieldName(name), value]));
  },
  selectableFieldNames: eventFieldNames.filter((name) => name !== 'source').map(servedFieldName),
  conversion: { storageKey: 'events', toStorage: eventToStorage, fromStorage: eventFromStorage },
});

function servedFieldName(name: string): string {
  if (name === 'reportingComponent') return 'reportingController';
  return name.replace('involvedObject.', 'regarding.');
}
