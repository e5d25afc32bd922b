import { addQuantities, quantityFrom, type AllocationResult, type DeepReadonly, type Quantity } from '@nestor/api';

export type DeviceId = string;
export const deviceId = (of: { driver: string; pool: string; device: string }): DeviceId =>
  `${of.driver}/${of.pool}/${of.device}`;

type Results = DeepReadonly<NonNullable<AllocationResult['devices']>>['results'];
type Result = NonNullable<Results>[number];

/** Capacity by fully qualified name. */
export type Amounts = ReadonlyMap<string, Quantity>;

export const qualified = (name: string, driver: string): string => (name.includes('/') ? name : `${driver}/${name}`);

/** Which devices are given out, and how much of those that are given out in parts. Admin access takes nothing. */
export class DeviceLedger {
  private readonly byClaim = new Map<string, readonly Result[]>();
  private readonly taken = new Map<DeviceId, number>();
  private readonly shares = new Map<DeviceId, Map<string, Result>>();

  /** What a claim holds from now on; nothing when there is no allocation. */
  set(claimUid: string, allocation: DeepReadonly<AllocationResult> | undefined): void {
    (this.byClaim.get(claimUid) ?? []).forEach((result, at) => this.remove(`${claimUid} ${at}`, result));
    const results = (allocation?.devices?.results ?? []).filter(({ adminAccess }) => adminAccess !== true);
    if (results.length === 0) return void this.byClaim.delete(claimUid);
    this.byClaim.set(claimUid, results);
    results.forEach((result, at) => this.add(`${claimUid} ${at}`, result));
  }

  isTaken(id: DeviceId): boolean {
    return this.taken.has(id);
  }

  /** Undefined while nobody has a share of the device. */
  consumed(id: DeviceId): Amounts | undefined {
    const shares = this.shares.get(id);
    if (!shares) return undefined;
    const total = new Map<string, Quantity>();
    for (const { driver, consumedCapacity } of shares.values())
      for (const [name, text] of Object.entries(consumedCapacity ?? {})) {
        const key = qualified(name, driver);
        const before = total.get(key);
        total.set(key, before ? addQuantities(before, quantityFrom(text)) : quantityFrom(text));
      }
    return total;
  }

  private add(key: string, result: Result): void {
    const id = deviceId(result);
    if (result.shareID === undefined) return void this.taken.set(id, (this.taken.get(id) ?? 0) + 1);
    const shares = this.shares.get(id) ?? new Map<string, Result>();
    this.shares.set(id, shares.set(key, result));
  }

  private remove(key: string, result: Result): void {
    const id = deviceId(result);
    if (result.shareID !== undefined) {
      const shares = this.shares.get(id);
      shares?.delete(key);
      if (shares?.size === 0) this.shares.delete(id);
      return;
    }
    const left = (this.taken.get(id) ?? 0) - 1;
    if (left > 0) this.taken.set(id, left);
    else this.taken.delete(id);
  }
}
