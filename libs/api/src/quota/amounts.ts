import type { Quantity } from '../meta/quantity';
import { addQuantities, compareQuantities, formatQuantity, quantityFrom, zeroQuantity } from '../meta/quantity';

/** A ResourceList in arithmetic form. */
export type Amounts = ReadonlyMap<string, Quantity>;

export const amountsOf = (list: Readonly<Record<string, string>> | undefined): Map<string, Quantity> =>
  new Map(Object.entries(list ?? {}).map(([name, text]) => [name, quantityFrom(text)]));

export const resourceListOf = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));

export function addAmounts(into: Map<string, Quantity>, more: Amounts): void {
  for (const [name, amount] of more) {
    const before = into.get(name);
    into.set(name, before === undefined ? amount : addQuantities(before, amount));
  }
}

/** The amounts of those names alone, each of them: zero where there is none. */
export const maskAmounts = (amounts: Amounts, names: readonly string[]): Map<string, Quantity> =>
  new Map(names.map((name) => [name, amounts.get(name) ?? zeroQuantity]));

export const equalAmounts = (left: Amounts, right: Amounts): boolean =>
  left.size === right.size &&
  [...left].every(([name, amount]) => {
    const other = right.get(name);
    return other !== undefined && compareQuantities(amount, other) === 0;
  });
