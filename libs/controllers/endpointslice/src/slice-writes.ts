import { isForbidden, isNotFound, type DeepReadonly, type EndpointSlice, type StatusCause } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import type { Expectations } from '@nestor/controller-kit';

/** One that is gone already is no failure. */
export async function removeSlice(
  client: ResourceClient<EndpointSlice>,
  slice: DeepReadonly<EndpointSlice>,
  expectations: Expectations<EndpointSlice>,
  key: string,
): Promise<void> {
  const { name = '', namespace, uid } = slice.metadata;
  try {
    await client.delete(name, namespace, { uid });
    expectations.deleted(key, slice);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

export interface SliceWrites {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly DeepReadonly<EndpointSlice>[];
}

/** Writes what a plan says, and expects to see it. */
export async function writeSlices(
  client: ResourceClient<EndpointSlice>,
  { create, update, remove }: SliceWrites,
  expectations: Expectations<EndpointSlice>,
  key: string,
): Promise<void> {
  for (const slice of create) expectations.created(key, await client.create(slice));
  for (const slice of update) expectations.created(key, await client.update(slice));
  for (const slice of remove) await removeSlice(client, slice, expectations, key);
}

/** In a namespace on its way out nothing can be made, and nothing need be. */
export function isNamespaceTerminating(error: unknown): boolean {
  const { status } = error as { status?: { details?: { causes?: StatusCause[] } } };
  return isForbidden(error) && !!status?.details?.causes?.some(({ reason }) => reason === 'NamespaceTerminating');
}
