import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export type { Counter, Gauge, Histogram };

/** The metrics of a process. Asking twice for a name gives the same metric. */
export class Metrics {
  readonly registry = new Registry();
  private hasDefaults = false;

  counter<L extends string = string>(name: string, help: string, labels: readonly L[] = []): Counter<L> {
    return (
      (this.registry.getSingleMetric(name) as Counter<L> | undefined) ??
      new Counter<L>({ name, help, labelNames: [...labels], registers: [this.registry] })
    );
  }

  gauge<L extends string = string>(name: string, help: string, labels: readonly L[] = []): Gauge<L> {
    return (
      (this.registry.getSingleMetric(name) as Gauge<L> | undefined) ??
      new Gauge<L>({ name, help, labelNames: [...labels], registers: [this.registry] })
    );
  }

  /** A gauge whose value is read when somebody asks for it; the newest reader counts. */
  gaugeOf(name: string, help: string, read: () => number): void {
    this.registry.removeSingleMetric(name);
    new Gauge({
      name,
      help,
      registers: [this.registry],
      collect() {
        this.set(read());
      },
    });
  }

  histogram<L extends string = string>(
    name: string,
    help: string,
    labels: readonly L[] = [],
    buckets?: number[],
  ): Histogram<L> {
    return (
      (this.registry.getSingleMetric(name) as Histogram<L> | undefined) ??
      new Histogram<L>({ name, help, labelNames: [...labels], registers: [this.registry], ...(buckets && { buckets }) })
    );
  }

  get contentType(): string {
    return this.registry.contentType;
  }

  /** The Prometheus text. The process's own numbers join on the first call: they cost a timer. */
  async text(): Promise<string> {
    if (!this.hasDefaults) {
      this.hasDefaults = true;
      collectDefaultMetrics({ register: this.registry });
    }
    return this.registry.metrics();
  }
}

export const metrics = new Metrics();
