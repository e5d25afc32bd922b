import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchResults } from '../run';
import { chart } from './chart';
import { growthPlot } from './growth-plot';
import { table } from './table';

/** Writes results.json, results.html and results.md, and a plot where growth was measured. Sets the exit code to 1 when a bar was exceeded. */
export function writeResults(out: string, results: BenchResults): void {
  const { measurements, machine, date, server } = results;
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(out, 'results.html'), chart(measurements, `Nestor bench, ${date.slice(0, 10)}`));
  if (measurements.some(({ workload }) => workload.startsWith('growth')))
    writeFileSync(join(out, 'growth.svg'), growthPlot(measurements));
  const head = `${date.slice(0, 10)}, ${machine.cpus} × ${machine.model}, Node ${machine.node}, ${server}`;
  writeFileSync(join(out, 'results.md'), `${head}\n\n${table(measurements)}\n`);
  for (const { workload, exceeded } of measurements) {
    if (!exceeded) continue;
    process.stderr.write(`bench: ${workload}: ${exceeded}\n`);
    process.exitCode = 1;
  }
  process.stdout.write(`wrote results.json, results.html and results.md to ${out}\n`);
}
