import type { Allocations, Holder } from './allocations';

/** One write's taking of addresses and ports: all of it can be given back. A dry run only looks. */
export class Taking {
  private readonly taken: { from: Allocations; value: string }[] = [];

  constructor(
    readonly holder: Holder,
    private readonly dryRun: boolean,
  ) {}

  /** False when somebody holds it. */
  async take(from: Allocations, value: string): Promise<boolean> {
    if (this.dryRun) return !(await from.isTaken())(value);
    const isTaken = await from.take(value, this.holder);
    if (isTaken) this.taken.push({ from, value });
    return isTaken;
  }

  async undo(): Promise<void> {
    for (const { from, value } of this.taken.splice(0)) await from.release(value, this.holder);
  }
}
