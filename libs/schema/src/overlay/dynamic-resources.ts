import {
  atomic,
  each,
  inPackage,
  initially,
  joinOverlays,
  mapOf,
  mergeMap,
  named,
  QUANTITY,
  RAW_EXTENSION,
  struct,
} from './overlay';
import type { Overlay } from './overlay';

const quantity = { ref: QUANTITY };
const raw = { ref: RAW_EXTENSION };
const request = { allocationMode: named('DeviceAllocationMode'), selectors: atomic, tolerations: atomic };

/** k8s.io/api/resource/v1 */
const stable = inPackage('io.k8s.api.resource.v1.', {
  DeviceClass: { metadata: struct, spec: struct },
  DeviceClassList: { metadata: struct },
  ResourceClaim: { metadata: struct, spec: struct, status: struct },
  ResourceClaimList: { metadata: struct },
  ResourceClaimTemplate: { metadata: struct, spec: struct },
  ResourceClaimTemplateList: { metadata: struct },
  ResourceSlice: { metadata: struct, spec: struct },
  ResourceSliceList: { metadata: struct },
  AllocatedDeviceStatus: { conditions: mapOf('type'), data: raw },
  AllocationResult: { devices: struct },
  CapacityRequestPolicy: { default: quantity, validValues: { ...atomic, items: quantity } },
  CapacityRequestPolicyRange: each('max min step', quantity),
  CapacityRequirements: { requests: { type: 'object', additionalProperties: quantity } },
  Counter: { value: quantity },
  Device: each('bindingConditions bindingFailureConditions consumesCounters taints', atomic),
  DeviceAllocationConfiguration: { requests: atomic, source: named('AllocationConfigSource', '') },
  DeviceAllocationResult: each('config results', atomic),
  DeviceAttribute: each('bools ints strings versions', atomic),
  DeviceCapacity: { value: quantity },
  DeviceClaim: each('config constraints requests', atomic),
  DeviceClaimConfiguration: { requests: atomic },
  DeviceClassSpec: each('config selectors', atomic),
  DeviceConstraint: { requests: atomic },
  DeviceRequest: { firstAvailable: atomic },
  DeviceRequestAllocationResult: {
    ...each('bindingConditions bindingFailureConditions tolerations', atomic),
    consumedCapacity: { type: 'object', additionalProperties: quantity },
    shareID: named('types.UID'),
  },
  DeviceSubRequest: request,
  DeviceTaint: { effect: named('DeviceTaintEffect', '') },
  DeviceToleration: { effect: named('DeviceTaintEffect'), operator: named('DeviceTolerationOperator', 'Equal') },
  ExactDeviceRequest: request,
  NetworkDeviceData: { ips: atomic },
  OpaqueDeviceConfiguration: { parameters: raw },
  NodeAllocatableResourceMapping: { allocationMultiplier: quantity },
  ResourceClaimConsumerReference: { uid: named('types.UID', '') },
  ResourceClaimSpec: { devices: struct },
  ResourceClaimStatus: { devices: mapOf('driver', 'device', 'pool', 'shareID'), reservedFor: mergeMap('uid') },
  ResourceClaimTemplateSpec: { metadata: struct, spec: struct },
  ResourcePool: { generation: initially(0), resourceSliceCount: initially(0) },
  ResourceSliceSpec: { ...each('devices sharedCounters', atomic), pool: struct },
});

/** k8s.io/api/resource/v1beta2 and v1alpha3 */
const unstable = ['v1beta2', 'v1alpha3'].map((version) =>
  inPackage(`io.k8s.api.resource.${version}.`, {
    DeviceTaint: { effect: named(`${version}.DeviceTaintEffect`, '') },
    DeviceTaintRule: { metadata: struct, spec: struct, status: struct },
    DeviceTaintRuleList: { metadata: struct },
    DeviceTaintRuleSpec: { taint: struct },
    DeviceTaintRuleStatus: { conditions: mergeMap('type') },
  }),
);

export const dynamicResourceOverlay: Overlay = joinOverlays(stable, ...unstable);
