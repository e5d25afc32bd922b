import type { Command } from 'commander';
import { thisMachine } from '../machine';
import type { Measurement } from '../measurement';
import { cells } from '../report/table';
import { writeResults } from '../report/write-results';
import { measureAlgorithm } from './algorithm';
import { measureEndToEnd, measureLatency } from './end-to-end';
import { schedulerWorkloads } from './workloads';

interface Options {
  nodes: string;
  pods: number;
  algorithm?: boolean;
  short?: boolean;
  out: string;
}

const names = Object.keys(schedulerWorkloads);

export function registerScheduler(program: Command): void {
  program
    .command('scheduler')
    .description(`the workloads of scheduler_perf: ${names.join(', ')}, and latency (without a name: all)`)
    .argument('[workloads...]')
    .option('--nodes <list>', 'numbers of nodes', '500,1000,5000')
    .option('--pods <n>', 'pods that are measured', Number, 10_000)
    .option('--algorithm', 'the scheduling algorithm alone, without the API')
    .option('--short', 'a small run that shows that everything works')
    .option('--out <folder>', 'where the results go', 'bench-results')
    .action(scheduler);
}

async function scheduler(asked: string[], { nodes, pods, algorithm, short, out }: Options): Promise<void> {
  const unknown = asked.filter((name) => !names.includes(name) && name !== 'latency');
  if (unknown.length)
    throw new Error(`no workload is called ${unknown.join(', ')}: there are ${names.join(', ')}, latency`);
  const sizes = short ? [50] : nodes.split(',').map(Number);
  const count = short ? 200 : pods;
  const isAsked = (name: string): boolean => asked.length === 0 || asked.includes(name);
  const measurements: Measurement[] = [];
  const report = (measurement: Measurement): void => {
    measurements.push(measurement);
    process.stdout.write(`${cells(measurement).filter(Boolean).join('  ')}\n`);
  };
  for (const size of sizes) {
    for (const [name, workload] of Object.entries(schedulerWorkloads).filter(([name]) => isAsked(name))) {
      if (!workload.churnMs) report(await measureAlgorithm(name, workload, size, count));
      if (!algorithm) report(await measureEndToEnd(name, workload, size, count));
    }
    if (!algorithm && isAsked('latency')) report(await measureLatency(size, short ? 2 : 20));
  }
  writeResults(out, {
    date: new Date().toISOString(),
    machine: thisMachine(),
    server: 'scheduler, API server and Postgres of its own',
    measurements,
  });
}
