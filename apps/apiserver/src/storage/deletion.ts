import { ApiObject, conflict } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import type { ServedResource } from '../registry/served-resource';
import type { DeleteOptions } from './delete-options';

const orphanFinalizer = 'orphan';
const foregroundFinalizer = 'foregroundDeletion';
const customCleanup = 'customresourcecleanup.apiextensions.k8s.io';

/** What a delete does to an object: nothing more, mark it and wait, or remove it. */
export type DeletionStep = 'none' | 'mark' | 'remove';

export function checkPreconditions(
  served: ServedResource,
  { metadata }: ApiObject,
  wanted: DeleteOptions['preconditions'],
): void {
  const { uid, resourceVersion } = wanted;
  const refuse = (why: string): Error => conflict(served.groupResource, metadata.name ?? '', why);
  if (uid && uid !== metadata.uid) {
    throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${metadata.uid}`);
  }
  if (resourceVersion && resourceVersion !== metadata.resourceVersion) {
    throw refuse(
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`,
    );
  }
}

/** Changes `object` to what a delete leaves (rest.BeforeDelete and deletionFinalizersForGarbageCollection). */
export function planDeletion(
  served: ServedResource,
  object: ApiObject,
  options: DeleteOptions,
  now: Date,
): DeletionStep {
  const { metadata } = object;
  const wasDeleting = metadata.deletionTimestamp !== undefined;
  const before = JSON.stringify([metadata.deletionTimestamp, metadata.finalizers]);
  setFinalizers(served, object, options);
  const grace = graceOf(served, object, options);
  const waits = grace > 0 || holdsFinalizers(object);
  if (!waits) return 'remove';
  if (!wasDeleting) {
    metadata.deletionTimestamp = rfc3339(now.getTime() + grace * 1000);
    metadata.deletionGracePeriodSeconds = grace;
    if (metadata.generation) metadata.generation += 1;
    if (object.kind === 'Namespace') object['status'] = { ...(object['status'] as object), phase: 'Terminating' };
  } else if (grace < (metadata.deletionGracePeriodSeconds ?? 0)) {
    // A shorter period moves the moment forward, counted from when the first delete came in.
    const started = Date.parse(metadata.deletionTimestamp ?? '') - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    metadata.deletionTimestamp = rfc3339(started + grace * 1000);
    metadata.deletionGracePeriodSeconds = grace;
  }
  return before === JSON.stringify([metadata.deletionTimestamp, metadata.finalizers]) ? 'none' : 'mark';
}

export function holdsFinalizers(object: ApiObject): boolean {
  if (object.metadata.finalizers?.length) return true;
  const spec = object['spec'] as { finalizers?: unknown[] } | undefined;
  return object.kind === 'Namespace' && (spec?.finalizers?.length ?? 0) > 0;
}

/** Seconds the object stays: for a delete after the first never more than what already runs. */
function graceOf({ definition: { strategy } }: ServedResource, object: ApiObject, options: DeleteOptions): number {
  if (!strategy.defaultGracePeriodSeconds) return 0;
  const { deletionTimestamp, deletionGracePeriodSeconds: running = 0 } = object.metadata;
  if (strategy.deleteImmediately?.(object)) return 0;
  const asked = options.gracePeriodSeconds;
  if (deletionTimestamp === undefined) return asked ?? strategy.defaultGracePeriodSeconds(object);
  return asked === undefined ? running : Math.min(asked, running);
}

function setFinalizers(
  { key, definition: { strategy } }: ServedResource,
  { metadata }: ApiObject,
  options: DeleteOptions,
): void {
  const policy = policyOf(options) ?? (metadata.deletionTimestamp ? undefined : strategy.defaultPropagation);
  let finalizers = metadata.finalizers ?? [];
  if (policy !== undefined) {
    finalizers = finalizers.filter((name) => name !== orphanFinalizer && name !== foregroundFinalizer);
    if (policy === 'Orphan') finalizers = [...finalizers, orphanFinalizer];
    if (policy === 'Foreground') finalizers = [...finalizers, foregroundFinalizer];
  }
  if (
    key === 'customresourcedefinitions.apiextensions.k8s.io' &&
    !metadata.deletionTimestamp &&
    !finalizers.includes(customCleanup)
  ) {
    finalizers = [...finalizers, customCleanup];
  }
  if (finalizers.length > 0) metadata.finalizers = finalizers;
  else delete metadata.finalizers;
}

function policyOf({ propagationPolicy, orphanDependents }: DeleteOptions): DeleteOptions['propagationPolicy'] {
  if (propagationPolicy) return propagationPolicy;
  if (orphanDependents === undefined) return undefined;
  return orphanDependents ? 'Orphan' : 'Background';
}
