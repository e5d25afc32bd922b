import { Command, InvalidArgumentError } from 'commander';
import { registerAuthorization } from './authorization/command';
import { registerCluster } from './cluster/command';
import { registerConsistency } from './consistency/command';
import { cells } from './report/table';
import { writeResults } from './report/write-results';
import { runBench, usualWorkloads, workloads } from './run';
import { registerScheduler } from './scheduler/command';
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
    writeResults(out, results);
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
registerScheduler(program);
registerCluster(program);
registerAuthorization(program);
void program.parseAsync().catch((error: unknown) => {
  process.stderr.write(`bench: ${(error as Error).stack ?? String(error)}\n`);
  process.exit(1);
});

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('a whole number is wanted');
  return Number(text);
}
