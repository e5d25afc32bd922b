/** Lets a number of callers through at a time, the others in the order they came. */
export class Gate {
  private readonly waiting: (() => void)[] = [];
  private inside = 0;

  constructor(private readonly limit: number) {}

  enter(): Promise<void> | undefined {
    if (this.inside < this.limit) {
      this.inside++;
      return undefined;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  leave(): void {
    const next = this.waiting.shift();
    // The place passes on: `inside` stays as it is.
    if (next) next();
    else this.inside--;
  }
}
