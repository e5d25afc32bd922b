import type { AddressType } from './slice-endpoint';
import { isOutOfShape, type FamilyHints } from './topology-allocation';
import type { ZoneShares } from './topology-shares';

type ByFamily = ReadonlyMap<AddressType, FamilyHints>;

/** What hints by topology each Service got last, so that a change of nodes concerns few of them. */
export class TopologyMemory {
  private readonly services = new Map<string, ByFamily>();

  set(key: string, families: ByFamily): void {
    if (families.size > 0) this.services.set(key, families);
    else this.services.delete(key);
  }

  forget(key: string): void {
    this.services.delete(key);
  }

  /** Families that have hints. */
  hinted(key: string): ReadonlySet<AddressType> {
    const families = [...(this.services.get(key) ?? [])].filter(([, { given }]) => given.size > 0);
    return new Set(families.map(([type]) => type));
  }

  /** Services that may want other hints now. */
  outOfShape(shares: () => ZoneShares | undefined): string[] {
    const isConcerned = (family: FamilyHints): boolean => isOutOfShape(family, shares());
    return [...this.services].filter(([, families]) => [...families.values()].some(isConcerned)).map(([key]) => key);
  }
}
