import type { ApiObject } from '@nestor/api';
import { jsonEqual } from '../json/json-value';
import { isEmptySet, isFieldSet, sameSet, sortedSet, type FieldSet } from './field-set';

/** One entry of metadata.managedFields as it travels. */
export interface ManagedFieldsEntry {
  manager?: string;
  operation?: string;
  apiVersion?: string;
  time?: string;
  fieldsType?: string;
  fieldsV1?: object;
  subresource?: string;
}

/** Who made a write, as far as ownership cares. */
export interface ManagerIdentity {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource: string;
}

export interface Ownership extends ManagerIdentity {
  time: string | undefined;
  fields: FieldSet;
  /** The entry this was read from; published again as it is while nothing changed. */
  entry?: ManagedFieldsEntry;
  /** The set of that entry, sorted as it is published. */
  stored?: FieldSet;
}

/** The managers of one object by their identity. */
export type Managers = Map<string, Ownership>;

/** An applier keeps its identity when it moves to another version; an updater has one entry per version. */
export function managerKey(of: ManagerIdentity): string {
  return JSON.stringify([of.operation, of.manager, of.subresource, of.operation === 'Update' ? of.apiVersion : '']);
}

/** Reads managedFields; the Error says what is wrong with them. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[]): Managers {
  const managers: Managers = new Map();
  entries.forEach((entry, index) => {
    const { operation, fieldsType, fieldsV1 } = entry;
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`');
    if (!entry.apiVersion) throw new Error('apiVersion must not be empty');
    if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${index}`);
    if (fieldsType !== 'FieldsV1')
      throw new Error(`invalid fieldsType "${fieldsType}" in managed fields entry ${index}`);
    const ownership: Ownership = {
      manager: entry.manager ?? '',
      operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? '',
      time: entry.time,
      fields: (fieldsV1 ?? {}) as FieldSet,
      entry,
      stored: fieldsV1 as FieldSet | undefined,
    };
    managers.set(managerKey(ownership), ownership);
  });
  return managers;
}

/** The managers to start a write from (fieldmanager decodeLiveOrNew). */
export function managersForUpdate(
  live: Readonly<ApiObject> | undefined,
  next: Readonly<ApiObject>,
  subresource: string,
): Managers {
  const liveEntries = managedFieldsOf(live);
  const sent = managedFieldsOf(next);
  // A subresource write cannot set managedFields; a client that leaves them out or sends back what it read keeps them.
  if (subresource === '' && sent && sent !== liveEntries && !jsonEqual(sent, liveEntries)) {
    const reset = sent.length === 0 || (sent.length === 1 && Object.keys(sent[0]!).length === 0);
    if (reset) return new Map();
    const managers = decodeSent(sent);
    if (managers && managers.size > 0) return managers;
  }
  return liveEntries ? (decodeSent(liveEntries, true) ?? new Map()) : new Map();
}

/** undefined when they cannot be read. What is stored was checked when it came in. */
function decodeSent(entries: readonly ManagedFieldsEntry[], trusted = false): Managers | undefined {
  try {
    if (!trusted && !entries.every((entry) => isFieldSet(entry.fieldsV1 ?? {}))) return undefined;
    return decodeManagers(entries);
  } catch {
    // Kubernetes, too, treats unreadable managedFields as none rather than failing the write.
    return undefined;
  }
}

export function managedFieldsOf(object: Readonly<ApiObject> | undefined): ManagedFieldsEntry[] | undefined {
  const entries = (object?.metadata as { managedFields?: unknown } | undefined)?.managedFields;
  return Array.isArray(entries) ? (entries as ManagedFieldsEntry[]) : undefined;
}

/** The published form, in Kubernetes' order: appliers first, then by time and name. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] {
  return [...managers.values()].sort(byPublishedOrder).map(encodeOwnership);
}

export function encodeOwnership(of: Ownership): ManagedFieldsEntry {
  const { entry } = of;
  if (entry && entry.fieldsV1 === of.fields && entry.time === of.time && entry.apiVersion === of.apiVersion)
    return entry;
  return {
    ...(of.manager ? { manager: of.manager } : {}),
    operation: of.operation,
    apiVersion: of.apiVersion,
    ...(of.time ? { time: of.time } : {}),
    fieldsType: 'FieldsV1',
    // What is stored is sorted already.
    fieldsV1: of.fields === of.stored ? of.fields : sortedSet(of.fields),
    ...(of.subresource ? { subresource: of.subresource } : {}),
  };
}

const seconds = (of: Ownership): number => (of.time ? Math.floor(Date.parse(of.time) / 1000) : 0);
const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function byPublishedOrder(a: Ownership, b: Ownership): number {
  return (
    compareText(a.operation, b.operation) ||
    seconds(a) - seconds(b) ||
    compareText(a.manager, b.manager) ||
    compareText(a.apiVersion, b.apiVersion) ||
    compareText(a.subresource, b.subresource)
  );
}

/** Replaces one manager's set; a manager of nothing is dropped. */
export function setFields(managers: Managers, key: string, ownership: Ownership): void {
  if (isEmptySet(ownership.fields)) managers.delete(key);
  else managers.set(key, ownership);
}

export function sameManagers(a: Managers, b: Managers): boolean {
  if (a.size !== b.size) return false;
  for (const [key, mine] of a) {
    const theirs = b.get(key);
    if (!theirs || theirs.apiVersion !== mine.apiVersion || !sameSet(theirs.fields, mine.fields)) return false;
  }
  return true;
}
