/** One line for each step of a start, with the time it took. */
export class Progress {
  private readonly began = performance.now();

  constructor(private readonly write: (line: string) => void) {}

  async step<T>(name: string, work: () => Promise<T>, result?: (value: T) => string): Promise<T> {
    const began = performance.now();
    try {
      const value = await work();
      this.line('ok', result ? `${name}: ${result(value)}` : name, began);
      return value;
    } catch (error) {
      this.line('FAILED', name, began);
      throw error;
    }
  }

  say(text: string): void {
    this.write(text);
  }

  total(): string {
    return seconds(this.began);
  }

  private line(outcome: string, name: string, began: number): void {
    this.write(`  ${outcome.padEnd(6)} ${seconds(began).padStart(7)}  ${name}`);
  }
}

function seconds(since: number): string {
  return `${((performance.now() - since) / 1000).toFixed(2)}s`;
}
