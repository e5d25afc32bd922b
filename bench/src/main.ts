import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { registerConsistency } from './consistency/command';
import { chart } from './report/chart';
import { growthPlot } from './report/growth-plot';
import { cells, table } from './report/table';
import { runBench, usualWorkloads, workloads } from './run';
import { foreignTarget, ownTarget } from './target';
import { fullScale, type Scale, shortScale } from './workloads/context';

interface Options {
  kubeconfig?: string;
  serverPid?: number;
  short?: boolean;
  updates?: number;
  out: string;
}

const names = Object.keys(workloads);
const usual = Object.keys(usualWorkloads);

async function bench(asked: string[], { kubeconfig, serverPid, short, updates, out }: Options): Promise<void> {
  const unknown = asked.filter((name) => !names.includes(name));
  if (unknown.length) throw new Error(`no workload is called ${unknown.join(', ')}: there are ${names.join(', ')}`);
  const target = kubeconfig ? foreignTarget(kubeconfig, serverPid) : await ownTarget();
  try {
    const results = await runBench(target, {
      names: asked.length ? asked : usual,
      scale: scaleOf(short, updates),
      progress: (measurement) => process.stdout.write(`${cells(measurement).filter(Boolean).join('  ')}\n`),
    });
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, 'results.json'), `${JSON.stringify(results, null, 2)}\n`);
    writeFileSync(join(out, 'results.html'), chart(results.measurements, `Nestor bench, ${results.date.slice(0, 10)}`));
    if (results.measurements.some(({ workload }) => workload.startsWith('growth'))) {
      writeFileSync(join(out, 'growth.svg'), growthPlot(results.measurements));
    }
    const { cpus, model, node } = results.machine;
    const head = `${results.date.slice(0, 10)}, ${cpus} × ${model}, Node ${node}, ${results.server}`;
    writeFileSync(join(out, 'results.md'), `${head}\n\n${table(results.measurements)}\n`);
    for (const { workload, exceeded } of results.measurements) {
      if (!exceeded) continue;
      process.stderr.write(`bench: ${workload}: ${exceeded}\n`);
      process.exitCode = 1;
    }
    process.stdout.write(`wrote results.json, results.html and results.md to ${out}\n`);
  } finally {
    await target.stop();
  }
}

function scaleOf(short = false, updates?: number): Scale {
  const scale = short ? shortScale : fullScale;
  return updates ? { ...scale, bloat: { ...scale.bloat, updates } } : scale;
}

const program = new Command('bench')
  // --out of a command is its own.
  .enablePositionalOptions()
  .description(`measure an API server: ${names.join(', ')} (without a name: ${usual.join(', ')})`)
  .argument('[workloads...]')
  .option('--kubeconfig <file>', 'the server to measure; without it one is started for the measurement')
  .option('--server-pid <pid>', 'process of that server on this machine, for its CPU and memory', wholeNumber)
  .option('--short', 'a small run that shows that everything works')
  .option('--updates <n>', 'how many updates bloat makes (1,000,000; short 20,000)', wholeNumber)
  .option('--out <folder>', 'where the results go', 'bench-results')
  .action(bench);
registerConsistency(program);
void program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`bench: ${(error as Error).stack ?? String(error)}\n`);
  process.exit(1);
});

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is wanted');
  return Number(text);
}
