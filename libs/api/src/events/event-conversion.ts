import type { ApiObject } from '../meta/json-types';

/** Fields that events.k8s.io/v1 names otherwise than the core form, which is the one stored. */
const names = [
  ['reportingController', 'reportingComponent'],
  ['note', 'message'],
  ['regarding', 'involvedObject'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
] as const;

function renamed(object: ApiObject, apiVersion: string, pairs: readonly (readonly [string, string])[]): ApiObject {
  const map = new Map(pairs);
  const { kind, metadata, apiVersion: _, ...rest } = object;
  const converted: ApiObject = { kind, apiVersion, metadata };
  for (const [key, value] of Object.entries(rest)) converted[map.get(key) ?? key] = value;
  return converted;
}

export function eventToStorage(served: ApiObject): ApiObject {
  const core = renamed(served, 'v1', names);
  core['involvedObject'] ??= {};
  core['source'] ??= {};
  core['firstTimestamp'] ??= null;
  core['lastTimestamp'] ??= null;
  return core;
}

export function eventFromStorage(stored: ApiObject): ApiObject {
  return renamed(
    stored,
    'events.k8s.io/v1',
    names.map(([served, core]) => [core, served] as const),
  );
}
