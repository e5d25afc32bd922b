import { quantityFrom, type DeepReadonly, type Device } from '@nestor/api';
import { deviceId, type DeviceLedger } from './device-ledger';
import type { Candidate, Pool } from './device-pools';

type Consumption = DeepReadonly<Device>['consumesCounters'];
type Counts = Map<string, bigint>;

function* counted(consumption: Consumption): Iterable<[string, bigint]> {
  for (const { counterSet, counters } of consumption ?? [])
    for (const [name, { value }] of Object.entries(counters))
      yield [`${counterSet}/${name}`, quantityFrom(value).nanos];
}

/** What is left of the counters that partitions of the same hardware share. */
export class SharedCounters {
  private readonly left = new Map<Pool, Counts>();

  constructor(private readonly ledger: DeviceLedger) {}

  take({ device, pool }: Candidate): boolean {
    const left = this.of(pool);
    const wanted = [...counted(device.consumesCounters)];
    if (wanted.some(([key, amount]) => (left.get(key) ?? 0n) < amount)) return false;
    for (const [key, amount] of wanted) left.set(key, (left.get(key) ?? 0n) - amount);
    return true;
  }

  giveBack({ device, pool }: Candidate): void {
    const left = this.of(pool);
    for (const [key, amount] of counted(device.consumesCounters)) left.set(key, (left.get(key) ?? 0n) + amount);
  }

  /** Devices count wherever they can be used from. */
  private of(pool: Pool): Counts {
    const known = this.left.get(pool);
    if (known) return known;
    const left: Counts = new Map(
      pool.slices.flatMap(({ spec }) => [
        ...counted((spec.sharedCounters ?? []).map(({ name, counters }) => ({ counterSet: name, counters }))),
      ]),
    );
    for (const { spec } of pool.slices)
      for (const device of spec.devices ?? []) {
        const id = deviceId({ driver: spec.driver, pool: spec.pool.name, device: device.name });
        if (!this.ledger.isTaken(id) && !this.ledger.consumed(id)) continue;
        for (const [key, amount] of counted(device.consumesCounters)) left.set(key, (left.get(key) ?? 0n) - amount);
      }
    this.left.set(pool, left);
    return left;
  }
}
