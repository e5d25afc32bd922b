import { claimFinalizer, isNotFound, type DeepReadonly, type ResourceClaim } from '@nestor/api';
import { KubernetesClient, refs, type Informer, type ResourceClient, type TypedRef } from '@nestor/client';
import type { ClaimWrites, DeviceKind, DeviceKinds, Scheduler } from '@nestor/scheduling';
import { metrics, type Logger } from '@nestor/telemetry';
import type { ServedInformers } from './served-informers';

const served: { readonly [K in DeviceKind]: TypedRef<DeviceKinds[K]> } = {
  DeviceClass: refs.deviceClasses,
  DeviceTaintRule: refs.deviceTaintRules,
  ResourceSlice: refs.resourceSlices,
  ResourceClaim: refs.resourceClaims,
};

function follow<K extends DeviceKind>(kind: K, informer: Informer<DeviceKinds[K]>, scheduler: Scheduler): void {
  const set = (object: DeepReadonly<DeviceKinds[K]>): void => {
    const before = scheduler.devices.set(kind, object);
    scheduler.happened({ kind: before ? `${kind}/Update` : `${kind}/Add`, object, ...(before && { before }) });
  };
  informer.addHandlers({
    added: set,
    updated: set,
    deleted: (object) => {
      scheduler.devices.delete(kind, object);
      scheduler.happened({ kind: `${kind}/Delete`, object });
    },
  });
}

/** Tells the scheduler of claims, and of the devices and classes that there are for them. */
export function followDevices(scheduler: Scheduler, optional: ServedInformers): void {
  for (const kind of Object.keys(served) as DeviceKind[]) {
    const ref = served[kind] as TypedRef<DeviceKinds[typeof kind]>;
    optional.when(ref, (informer) => follow(kind, informer, scheduler));
  }
}

const created = metrics.counter(
  'scheduler_resourceclaim_creates_total',
  'Number of ResourceClaims creation requests within scheduler',
  ['status', 'admin_access'],
);

export function claimWrites(client: KubernetesClient, log: Logger): ClaimWrites {
  const claims = client.resource(refs.resourceClaims);
  return {
    create: async (claim) => {
      try {
        const stored = await claims.create(claim);
        created.inc({ status: 'success', admin_access: 'false' });
        return stored;
      } catch (error) {
        created.inc({ status: 'failure', admin_access: 'false' });
        throw new Error(`create claim for extended resources: ${(error as Error).message}`, { cause: error });
      }
    },
    nameInPod: async ({ metadata: { name = '', namespace, uid } }, extendedResourceClaimStatus) => {
      const patch = { metadata: { uid }, status: { extendedResourceClaimStatus } };
      await client.resource(refs.pods).patch(name, namespace, 'strategic', patch, { subresource: 'status' });
    },
    remove: (claim) => {
      removeClaim(claims, claim).catch((error: unknown) => {
        const { name, namespace } = claim.metadata;
        // Not done, it is asked for again when the pod is tried again, or the pod's end takes the claim with it.
        log.warn({ object: `${namespace}/${name}`, error: String(error) }, 'a claim was not deleted');
      });
    },
    get: ({ metadata }) => claims.get(metadata.name ?? '', metadata.namespace),
    update: (claim) => claims.update(claim),
    updateStatus: (claim) => claims.updateStatus(claim),
    giveBack: (claim, { podUid, deallocate }) => {
      const { name = '', namespace } = claim.metadata;
      const status = { ...claim.status } as NonNullable<ResourceClaim['status']>;
      const written = deallocate
        ? claims.updateStatus({ ...(claim as ResourceClaim), status: withoutAllocation(status) })
        : claims.patch(name, namespace, 'strategic', removalOf(claim.metadata.uid, podUid), { subresource: 'status' });
      // Not done, it is asked for again when the pod is tried again.
      written.catch((error: unknown) =>
        log.warn({ object: `${namespace}/${name}`, error: String(error) }, 'a claim was not given back'),
      );
    },
  };
}

/** The finalizer keeps an allocated claim for its users; this one has none. */
async function removeClaim(claims: ResourceClient<ResourceClaim>, claim: DeepReadonly<ResourceClaim>): Promise<void> {
  const { name = '', namespace, uid } = claim.metadata;
  try {
    const current = await claims.get(name, namespace);
    if (current.metadata.uid !== uid) return;
    const finalizers = (current.metadata.finalizers ?? []).filter((one) => one !== claimFinalizer);
    await claims.update({ ...current, metadata: { ...current.metadata, finalizers } });
    await claims.delete(name, namespace, { uid });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function withoutAllocation(status: NonNullable<ResourceClaim['status']>): NonNullable<ResourceClaim['status']> {
  const rest = { ...status };
  delete rest.allocation;
  delete rest.reservedFor;
  return rest;
}

/** One entry goes, whatever else is in the list by then. */
const removalOf = (uid: string | undefined, podUid: string): object => ({
  metadata: { uid },
  status: { reservedFor: [{ $patch: 'delete', uid: podUid }] },
});
