import {
  controllerReference,
  isInvalid,
  isNotFound,
  type ApiObject,
  type DeepReadonly,
  type LabelMatcher,
} from '@nestor/api';
import type { Informer, ResourceClient } from '@nestor/client';
import { controlledBy, orphansIn } from './owner-index';

export interface ClaimRequest<T extends ApiObject> {
  owner: DeepReadonly<ApiObject>;
  selector: LabelMatcher;
  children: Informer<T>;
  client: ResourceClient<T>;
  /** The owner as it is now, read from the API server: a stale copy must not adopt. */
  freshOwner(): Promise<ApiObject | undefined>;
  /** Children that may not be adopted although they match (finished pods). */
  adoptable?(child: DeepReadonly<T>): boolean;
  /** Put on with adoption and taken off with release. */
  finalizers?: readonly string[];
}

/**
 * Kubernetes' ControllerRefManager: keeps the children that match, lets go of those that no longer do, and adopts
 * matching orphans.
 */
export async function claimChildren<T extends ApiObject>(request: ClaimRequest<T>): Promise<DeepReadonly<T>[]> {
  const { owner, selector, children } = request;
  const claimed: DeepReadonly<T>[] = [];
  for (const child of controlledBy(children, owner.metadata.uid)) {
    if (selector.matches(child.metadata.labels)) claimed.push(child);
    else if (!owner.metadata.deletionTimestamp) await release(request, child);
  }
  if (owner.metadata.deletionTimestamp) return claimed;
  const orphans = orphansIn(children, owner.metadata.namespace ?? '').filter(
    (orphan) =>
      !orphan.metadata.deletionTimestamp &&
      selector.matches(orphan.metadata.labels) &&
      (request.adoptable?.(orphan) ?? true),
  );
  if (orphans.length === 0 || !(await mayAdopt(request))) return claimed;
  for (const orphan of orphans) if (await adopt(request, orphan)) claimed.push(orphan);
  return claimed;
}

async function mayAdopt<T extends ApiObject>({ owner, freshOwner }: ClaimRequest<T>): Promise<boolean> {
  const fresh = await freshOwner();
  return fresh?.metadata.uid === owner.metadata.uid && !fresh?.metadata.deletionTimestamp;
}

async function adopt<T extends ApiObject>(
  { owner, client, finalizers }: ClaimRequest<T>,
  child: DeepReadonly<T>,
): Promise<boolean> {
  const { name = '', namespace, uid } = child.metadata;
  const patch = { metadata: { uid, ownerReferences: [controllerReference(owner)], finalizers } };
  try {
    await client.patch(name, namespace, 'strategic', patch);
    return true;
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

async function release<T extends ApiObject>(
  { owner, client, finalizers }: ClaimRequest<T>,
  child: DeepReadonly<T>,
): Promise<void> {
  const { name = '', namespace, uid } = child.metadata;
  const ownerReferences = [{ $patch: 'delete', uid: owner.metadata.uid }];
  const patch = { metadata: { uid, ownerReferences, '$deleteFromPrimitiveList/finalizers': finalizers } };
  try {
    await client.patch(name, namespace, 'strategic', patch);
  } catch (error) {
    // Gone, or replaced by another of the same name: either way there is nothing left to release.
    if (!isNotFound(error) && !isInvalid(error)) throw error;
  }
}
