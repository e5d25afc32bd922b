import { ApiObject, conflict, staleVersion } from '@nestor/api';
import type { WriteOperation } from '@nestor/store';
import { versionedBody, withResourceVersion } from '@nestor/watch';
import { rbacGroup } from '../authorization/stored-roles';
import type { ServedResource } from '../registry/served-resource';
import { missing } from './cached-reads';
import { encodeBody } from './canonical-body';
import type { StorageContext } from './storage-context';

/** What a write answers with: bytes at the version asked for. */
export interface Written {
  bytes: Buffer;
  revision: number;
  created: boolean;
}

export type CommitOutcome =
  { ok: true; written: Written } | { ok: false; reason: 'conflict' | 'exists' | 'notFound'; revision: number };

/** The answer of a write that was only tried: the object without a revision. */
export function dryWritten(object: ApiObject, created: boolean): Written {
  const revision = Number(object.metadata.resourceVersion ?? 0);
  const body = encodeBody(object);
  return { bytes: revision > 0 ? withResourceVersion(body, revision) : body, revision, created };
}

function encodeStored({ definition, storageApiVersion }: ServedResource, object: ApiObject): Buffer {
  const { conversion } = definition;
  return conversion ? encodeBody(conversion.toStorage(object)) : encodeBody(object, storageApiVersion);
}

export async function commit(
  context: StorageContext,
  served: ServedResource,
  object: ApiObject,
  expected: number | 'absent',
): Promise<CommitOutcome> {
  const body = encodeStored(served, object);
  const { namespace = '', name = '', uid = '' } = object.metadata;
  const place = { resource: served.key, namespace, name, body };
  const operation: WriteOperation =
    expected === 'absent' ? { type: 'create', ...place, uid } : { type: 'update', ...place, expected };
  const outcome = await context.store.write(operation);
  if (!outcome.ok) return { ok: false, reason: outcome.reason, revision: 'revision' in outcome ? outcome.revision : 0 };
  await settle(context, served, outcome.revision);
  const isStoredForm = served.apiVersion === served.storageApiVersion && !served.definition.conversion;
  return {
    ok: true,
    written: {
      bytes: isStoredForm
        ? versionedBody(outcome.change)
        : withResourceVersion(encodeBody(object, served.apiVersion), outcome.revision),
      revision: outcome.revision,
      created: expected === 'absent',
    },
  };
}

/** Rights and webhooks count from the next request on: what decides by them follows the cache. */
const decisive: ReadonlySet<string> = new Set([rbacGroup, 'admissionregistration.k8s.io']);

async function settle({ cache }: StorageContext, { key, definition }: ServedResource, revision: number): Promise<void> {
  if (decisive.has(definition.group)) await cache.resource(key).waitFor(revision);
}

/** Removes a row; `last` is what watchers see. The revision of the removal, or undefined where the state has moved on. */
export async function remove(
  context: StorageContext,
  served: ServedResource,
  last: ApiObject,
  expected: number,
): Promise<number | undefined> {
  const { namespace = '', name = '' } = last.metadata;
  const body = encodeStored(served, last);
  const outcome = await context.store.write({ type: 'delete', resource: served.key, namespace, name, expected, body });
  if (outcome.ok) {
    await context.addresses.free(served, last);
    await settle(context, served, outcome.revision);
    return outcome.revision;
  }
  if (outcome.reason === 'notFound') throw missing(served, name);
  await context.cache.resource(served.key).waitFor(outcome.revision);
  return undefined;
}

export const stale = (served: ServedResource, name: string): Error =>
  conflict(served.groupResource, name, staleVersion);
