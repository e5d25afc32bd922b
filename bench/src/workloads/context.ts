import type { EchoFloor } from '../floors/echo';
import type { Measurement } from '../measurement';
import type { Target } from '../target';

/** How much is done: the full run, or a small one that shows that everything works. */
export interface Scale {
  durationMs: number;
  concurrencies: readonly number[];
  pods: number;
  watchers: readonly number[];
  /** Updates of the paced part of the watch workload, 50 a second; the burst has as many. */
  updates: number;
  bloat: { objects: number; updates: number };
  /** Sizes from the fewest to the most, rounds of each, and how long one operation is measured in a round. */
  growth: { objects: readonly number[]; watchers: readonly number[]; warmUps: number; rounds: number; roundMs: number };
}

export const fullScale: Scale = {
  durationMs: 4000,
  concurrencies: [1, 16, 64, 256],
  pods: 10_000,
  watchers: [1, 100, 1000],
  updates: 200,
  bloat: { objects: 1000, updates: 1_000_000 },
  growth: { objects: [100, 1000, 10_000, 100_000], watchers: [1, 10, 100, 1000], warmUps: 2, rounds: 5, roundMs: 1000 },
};
export const shortScale: Scale = {
  durationMs: 300,
  concurrencies: [4],
  pods: 200,
  watchers: [5],
  updates: 20,
  bloat: { objects: 100, updates: 20_000 },
  growth: { objects: [100, 500], watchers: [1, 5], warmUps: 0, rounds: 1, roundMs: 300 },
};

export interface BenchContext {
  target: Target;
  scale: Scale;
  echo: EchoFloor;
  /** Rows per second of the insert floor at a batch size; undefined for a server whose database is not known. */
  insert(batch: number): Promise<number | undefined>;
  report(measurement: Measurement): void;
}

export type Workload = (context: BenchContext) => Promise<void>;
