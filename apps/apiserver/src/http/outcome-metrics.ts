import { metrics } from '@nestor/telemetry';

/** A metric's name and what it tells. */
type Described = readonly [name: string, help: string];

/** Counts what became of one step of requests, and how long it took; gives who is told of each, with its seconds. */
export function outcomeMetrics<Result extends string>(
  results: readonly Result[],
  { attempts, duration }: { attempts: Described; duration: Described },
): (result: Result, seconds: number) => void {
  const counter = metrics.counter(...attempts, ['result']);
  const histogram = metrics.histogram(
    ...duration,
    ['result'],
    Array.from({ length: 15 }, (_, power) => 0.001 * 2 ** power),
  );
  // Finding a series by its labels costs more than counting.
  const series = new Map(
    results.map((result) => [result, { count: counter.labels({ result }), time: histogram.labels({ result }) }]),
  );
  return (result, seconds) => {
    const { count, time } = series.get(result)!;
    count.inc();
    time.observe(seconds);
  };
}
