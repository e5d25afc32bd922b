import type { PodInfo } from './pod-info';

/** How many pods on nodes use each claim, by namespace/name. */
export class ClaimUses {
  private readonly counts = new Map<string, number>();

  count({ storage }: PodInfo, sign: 1 | -1): void {
    if (!storage) return;
    for (const { key } of storage.claims) {
      const count = (this.counts.get(key) ?? 0) + sign;
      if (count === 0) this.counts.delete(key);
      else this.counts.set(key, count);
    }
  }

  has(key: string): boolean {
    return this.counts.has(key);
  }
}
