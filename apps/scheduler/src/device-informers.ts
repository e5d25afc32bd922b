import type { DeepReadonly, ResourceClaim } from '@nestor/api';
import { KubernetesClient, refs, type Informer, type TypedRef } from '@nestor/client';
import type { ClaimWrites, DeviceKind, DeviceKinds, Scheduler } from '@nestor/scheduling';
import type { Logger } from '@nestor/telemetry';
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

export function claimWrites(client: KubernetesClient, log: Logger): ClaimWrites {
  const claims = client.resource(refs.resourceClaims);
  return {
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
