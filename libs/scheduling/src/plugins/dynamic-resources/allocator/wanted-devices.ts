import type { DeepReadonly, DeviceClass, DeviceRequest, DeviceToleration, ResourceClaim } from '@nestor/api';
import { AllocationError } from './allocation-error';
import type { CapacityRequest } from './consumed-capacity';

export type Claim = DeepReadonly<ResourceClaim>;
export type Class = DeepReadonly<DeviceClass>;
export type Classes = (name: string) => Class | undefined;
type Request = DeepReadonly<DeviceRequest>;
type Exact = NonNullable<Request['exactly']>;

/** One way to satisfy a request: the request itself, or one of its alternatives. */
export interface Alternative {
  /** "request", or "request/alternative". */
  readonly name: string;
  /** The names that constraints and configuration may know it by. */
  readonly names: readonly string[];
  readonly deviceClass: Class;
  readonly selectors: readonly { cel?: { expression: string } }[];
  readonly mode: 'All' | 'ExactCount';
  readonly count: number;
  readonly adminAccess: boolean;
  readonly tolerations: readonly DeepReadonly<DeviceToleration>[];
  readonly capacity: CapacityRequest;
}

export const keyOfClaim = ({ metadata }: Claim): string => `${metadata.namespace}/${metadata.name}`;

/** Per request its alternatives, the best first. */
export function alternativesOf(claim: Claim, classes: Classes): Alternative[][] {
  return (claim.spec.devices?.requests ?? []).map(({ name, exactly, firstAvailable }) => {
    const make = (wanted: Omit<Exact, 'adminAccess'>, full: string, adminAccess = false): Alternative => {
      const deviceClass = classes(wanted.deviceClassName);
      if (!deviceClass) {
        const missing = `could not retrieve device class ${wanted.deviceClassName}`;
        throw new AllocationError(`claim ${keyOfClaim(claim)}, request ${full}: ${missing}`);
      }
      return {
        name: full,
        names: full === name ? [name] : [name, full],
        deviceClass,
        selectors: wanted.selectors ?? [],
        mode: wanted.allocationMode === 'All' ? 'All' : 'ExactCount',
        count: wanted.count ?? 1,
        adminAccess,
        tolerations: wanted.tolerations ?? [],
        capacity: wanted.capacity,
      };
    };
    if (exactly) return [make(exactly, name, exactly.adminAccess)];
    return (firstAvailable ?? []).map((one) => make(one, `${name}/${one.name}`));
  });
}
