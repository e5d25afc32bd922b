/** Amounts the scheduler counts, in whole small units so that sums stay exact: milli-CPU, bytes, and units of extended resources. */
export interface ResourceAmounts {
  milliCpu: number;
  memory: number;
  ephemeralStorage: number;
  /** Extended resources and huge pages by name. */
  scalars: Map<string, number>;
}

export function noAmounts(): ResourceAmounts {
  return { milliCpu: 0, memory: 0, ephemeralStorage: 0, scalars: new Map() };
}

/** Adds `amounts` to `total` in place, `sign` times. */
export function addAmounts(total: ResourceAmounts, amounts: Readonly<ResourceAmounts>, sign: 1 | -1): void {
  total.milliCpu += sign * amounts.milliCpu;
  total.memory += sign * amounts.memory;
  total.ephemeralStorage += sign * amounts.ephemeralStorage;
  for (const [name, value] of amounts.scalars) {
    const sum = (total.scalars.get(name) ?? 0) + sign * value;
    if (sum === 0) total.scalars.delete(name);
    else total.scalars.set(name, sum);
  }
}

/** Reads a resource list, each quantity through the converter for its unit. */
export function amountsFrom(
  list: Readonly<Record<string, string>> | undefined,
  read: { milli(quantity: string): number; value(quantity: string): number },
): ResourceAmounts {
  const amounts = noAmounts();
  for (const [name, quantity] of Object.entries(list ?? {})) {
    if (name === 'cpu') amounts.milliCpu = read.milli(quantity);
    else if (name === 'memory') amounts.memory = read.value(quantity);
    else if (name === 'ephemeral-storage') amounts.ephemeralStorage = read.value(quantity);
    else if (name !== 'pods') amounts.scalars.set(name, read.value(quantity));
  }
  return amounts;
}
