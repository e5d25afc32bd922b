import type {
  DeepReadonly,
  Device,
  DeviceClass,
  DeviceRequest,
  DeviceTaintRule,
  Node,
  ResourceClaim,
  ResourceSlice,
} from '@nestor/api';
import { aNode } from '../../../framework/testing-objects';
import { allocate, type Allocation } from './allocator';
import { DeviceLedger } from './device-ledger';
import { DevicePools } from './device-pools';

/** Small real objects for the tests of the allocator. */
export const driver = 'd.com';
const apiVersion = 'resource.k8s.io/v1';

export const aSlice = (
  devices: Partial<Device>[],
  spec: Partial<ResourceSlice['spec']> = {},
  name = 's',
): ResourceSlice => ({
  apiVersion,
  kind: 'ResourceSlice',
  metadata: { name },
  spec: {
    driver,
    ...(spec.allNodes || spec.nodeSelector || spec.perDeviceNodeSelection ? {} : { nodeName: 'n' }),
    pool: { name: 'p', generation: 1, resourceSliceCount: 1 },
    devices: devices.map((one, at) => ({ name: `dev-${at}`, ...one })),
    ...spec,
  },
});

export const aClass = (expression?: string, over: Partial<DeviceClass['spec']> = {}): DeviceClass => ({
  apiVersion,
  kind: 'DeviceClass',
  metadata: { name: 'any' },
  spec: { ...(expression && { selectors: [{ cel: { expression } }] }), ...over },
});

export const aClaim = (
  name: string,
  requests: DeviceRequest[],
  devices: Partial<NonNullable<ResourceClaim['spec']['devices']>> = {},
): ResourceClaim => ({
  apiVersion,
  kind: 'ResourceClaim',
  metadata: { name, namespace: 'default', uid: `uid-${name}` },
  spec: { devices: { requests, ...devices } },
});

export const exactly = (name: string, over: Partial<NonNullable<DeviceRequest['exactly']>> = {}): DeviceRequest => ({
  name,
  exactly: {
    deviceClassName: 'any',
    allocationMode: 'ExactCount',
    count: over.allocationMode === 'All' ? 0 : 1,
    ...over,
  },
});

export interface World {
  slices: ResourceSlice[];
  rules?: DeviceTaintRule[];
  claims: ResourceClaim[];
  deviceClass?: DeviceClass;
  ledger?: DeviceLedger;
  node?: DeepReadonly<Node>;
}

export function tryAllocate({
  slices,
  rules,
  claims,
  deviceClass = aClass(),
  ledger,
  node,
}: World): Allocation[] | undefined {
  return allocate(claims, node ?? aNode('n'), {
    pools: new DevicePools(slices, rules),
    ledger: ledger ?? new DeviceLedger(),
    classes: (name) => (name === 'any' ? deviceClass : undefined),
  });
}

/** The devices given to each claim, as "request=device". */
export const chosenIn = (world: World): string[][] | undefined =>
  tryAllocate(world)?.map(({ result }) =>
    (result.devices?.results ?? []).map(({ request, device }) => `${request}=${device}`),
  );
