import {
  addQuantities,
  compareQuantities,
  quantityFrom,
  type DeepReadonly,
  type Device,
  type DeviceRequest,
  type Quantity,
} from '@nestor/api';
import { qualified, type Amounts } from './device-ledger';

type Capacity = NonNullable<DeepReadonly<Device>['capacity']>[string];
type Range = NonNullable<NonNullable<Capacity['requestPolicy']>['validRange']>;
export type CapacityRequest = NonNullable<DeepReadonly<DeviceRequest>['exactly']>['capacity'];

const less = (a: Quantity, b: Quantity): boolean => compareQuantities(a, b) < 0;

function roundedInto({ min, step }: Range, asked: Quantity): Quantity {
  const low = quantityFrom(min);
  if (less(asked, low)) return low;
  if (step === undefined) return asked;
  const [by, over] = [quantityFrom(step).nanos, asked.nanos - low.nanos];
  const steps = (over + by - 1n) / by;
  return { nanos: low.nanos + steps * by, format: asked.format };
}

/** What a request takes of one capacity: by its policy where it has one, all of it where nothing is asked for. */
function taken({ value, requestPolicy }: Capacity, asked: string | undefined): Quantity {
  if (asked === undefined) return quantityFrom(requestPolicy?.default ?? value);
  const amount = quantityFrom(asked);
  if (requestPolicy?.validRange) return roundedInto(requestPolicy.validRange, amount);
  const values = (requestPolicy?.validValues ?? []).map(quantityFrom);
  return values.find((one) => !less(one, amount)) ?? amount;
}

function violates({ requestPolicy }: Capacity, amount: Quantity): boolean {
  const { validRange, validValues = [] } = requestPolicy ?? {};
  if (validRange) return validRange.max !== undefined && less(quantityFrom(validRange.max), amount);
  return validValues.length > 0 && !validValues.some((one) => compareQuantities(quantityFrom(one), amount) === 0);
}

/**
 * What the request would take of the device's capacities, by the names the device has them under. Undefined where
 * the device does not have what is asked for, or has not enough of it left.
 */
export function consumption(
  device: DeepReadonly<Device>,
  driver: string,
  request: CapacityRequest,
  used: readonly (Amounts | undefined)[],
): ReadonlyMap<string, Quantity> | undefined {
  const asked = new Map(Object.entries(request?.requests ?? {}).map(([name, text]) => [qualified(name, driver), text]));
  const consumed = new Map<string, Quantity>();
  for (const [name, capacity] of Object.entries(device.capacity ?? {})) {
    const key = qualified(name, driver);
    const text = asked.get(key);
    asked.delete(key);
    // A device for one is compared with what is asked of it; only shares add up.
    if (text === undefined && !device.allowMultipleAllocations) continue;
    const amount = taken(capacity, text);
    if (violates(capacity, amount)) return undefined;
    const before = used.flatMap((amounts) => amounts?.get(key) ?? []);
    if (less(quantityFrom(capacity.value), before.reduce(addQuantities, amount))) return undefined;
    consumed.set(name, amount);
  }
  return asked.size > 0 ? undefined : consumed;
}
