import { isIP } from 'node:net';
import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { AllocationResult, ResourceClaim } from '../meta/json-types';
import { validateImmutable } from '../validation/checks';
import { validateConditions } from '../validation/conditions-validation';
import { validateAllocation, validateShareId } from './allocation-validation';
import { validateRawObject } from './configuration-validation';
import { limits } from './limits';
import { validateSet } from './list-validation';
import { validateDriverName, validateLabelName, validatePoolName } from './name-validation';
import { requestNamesOf } from './request-names';

type Status = NonNullable<ResourceClaim['status']>;
type Consumer = NonNullable<Status['reservedFor']>[number];
type DeviceStatus = NonNullable<Status['devices']>[number];
type NetworkData = NonNullable<DeviceStatus['networkData']>;

/** driver/pool/device, and the share of it if it has many. */
const deviceKey = (one: { driver: string; pool: string; device: string; shareID?: string }): string =>
  [one.driver, one.pool, one.device, ...(one.shareID ? [one.shareID] : [])].join('/');

const allocatedDevices = (allocation: AllocationResult | undefined): ReadonlySet<string> =>
  new Set((allocation?.devices?.results ?? []).map(deviceKey));

/** A driver's word on a device ends with the device's allocation. */
export function dropDeallocatedDevices(claim: ResourceClaim, old: Readonly<ResourceClaim>): void {
  const status = claim.status;
  if (!status?.devices) return;
  const now = withoutShares(status.allocation);
  const gone = new Set([...withoutShares(old.status?.allocation)].filter((device) => !now.has(device)));
  status.devices = status.devices.filter((one) => !gone.has(deviceKey({ ...one, shareID: undefined })));
  if (status.devices.length === 0) delete status.devices;
}

const withoutShares = (allocation: AllocationResult | undefined): ReadonlySet<string> =>
  new Set((allocation?.devices?.results ?? []).map((one) => deviceKey({ ...one, shareID: undefined })));

function validateConsumer(consumer: Consumer, path: string): FieldError[] {
  return (['resource', 'name', 'uid'] as const).flatMap((name) =>
    consumer[name] ? [] : [field.required(`${path}.${name}`)],
  );
}

const addressMessage = 'must be a valid IP address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)';

function validateInterfaceAddress(address: string, path: string): FieldError[] {
  const [, ip = '', prefix = ''] = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(address) ?? [];
  const version = isIP(ip);
  const isFine = version !== 0 && Number(prefix) <= (version === 4 ? 32 : 128) && prefix !== '';
  return isFine ? [] : [field.invalid(path, address, addressMessage)];
}

function validateNetworkData(data: NetworkData, path: string): FieldError[] {
  const tooLong = (name: 'interfaceName' | 'hardwareAddress', max: number): FieldError[] =>
    Buffer.byteLength(data[name] ?? '') > max ? [field.tooLong(`${path}.${name}`, max)] : [];
  return [
    ...tooLong('interfaceName', limits.interfaceNameLength),
    ...tooLong('hardwareAddress', limits.hardwareAddressLength),
    ...validateSet(data.ips, limits.addresses, `${path}.ips`, { key: (ip) => ip, item: validateInterfaceAddress }),
  ];
}

function validateDeviceStatus(device: DeviceStatus, path: string, allocated: ReadonlySet<string>): FieldError[] {
  const { conditions = [], data, networkData } = device;
  const at = `${path}.conditions`;
  return [
    ...validateDriverName(device.driver, `${path}.driver`),
    ...validatePoolName(device.pool, `${path}.pool`),
    ...validateLabelName(device.device, `${path}.device`),
    ...validateShareId(device.shareID, `${path}.shareID`),
    ...(allocated.has(deviceKey(device))
      ? []
      : [field.invalid(path, deviceKey(device), 'must be an allocated device in the claim')]),
    ...(conditions.length > limits.deviceConditions
      ? [field.tooMany(at, conditions.length, limits.deviceConditions)]
      : []),
    ...validateConditions(conditions, at),
    ...(data === undefined ? [] : validateRawObject(data, `${path}.data`, limits.deviceDataLength)),
    ...(networkData ? validateNetworkData(networkData, `${path}.networkData`) : []),
  ];
}

function validateReservations(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const path = 'status.reservedFor';
  const { allocation, reservedFor = [] } = claim.status ?? {};
  if (reservedFor.length === 0) return [];
  if (!allocation) return [field.forbidden(path, 'may not be specified when `allocated` is not set')];
  if (!claim.metadata.deletionTimestamp) return [];
  const before = new Set((old.status?.reservedFor ?? []).map(({ uid }) => uid));
  return reservedFor.every(({ uid }) => before.has(uid))
    ? []
    : [
        field.forbidden(
          path,
          'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set',
        ),
      ];
}

/** ValidateResourceClaimStatusUpdate: an allocation comes whole and goes whole. */
export function validateClaimStatus(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const { allocation, reservedFor, devices } = claim.status ?? {};
  const before = old.status?.allocation;
  const allocated = allocatedDevices(allocation);
  const errors = [
    ...validateSet(reservedFor, limits.reservations, 'status.reservedFor', {
      key: ({ uid }) => uid,
      item: validateConsumer,
    }),
    ...validateSet(devices, Infinity, 'status.devices', {
      key: deviceKey,
      item: (device, path) => validateDeviceStatus(device, path, allocated),
    }),
    ...validateReservations(claim, old),
  ];
  if (!allocation) return errors;
  const names = requestNamesOf(claim.spec.devices?.requests);
  return [
    ...errors,
    ...(before
      ? validateImmutable(allocation, before, 'status.allocation')
      : validateAllocation(allocation, 'status.allocation', names)),
  ];
}
