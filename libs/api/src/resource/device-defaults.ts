import { rfc3339 } from '@nestor/formats';
import type { DeviceTaint, ResourceClaim, ResourceSlice } from '../meta/json-types';

type DeviceClaim = ResourceClaim['spec']['devices'];

/** SetDefaults_ExactDeviceRequest and SetDefaults_DeviceSubRequest */
export function setRequestDefaults(claim: DeviceClaim): void {
  for (const { exactly, firstAvailable } of claim?.requests ?? []) {
    for (const wanted of [...(exactly ? [exactly] : []), ...(firstAvailable ?? [])]) {
      wanted.allocationMode ||= 'ExactCount';
      if (wanted.allocationMode === 'ExactCount') wanted.count ||= 1;
    }
  }
}

/** SetDefaults_DeviceTaint: from when on a taint without a time evicts. */
export function setTaintTime(taint: DeviceTaint | undefined): void {
  if (taint) taint.timeAdded ??= rfc3339();
}

export function setTaintDefaults({ spec }: ResourceSlice): void {
  for (const { taints } of spec.devices ?? []) taints?.forEach(setTaintTime);
}
