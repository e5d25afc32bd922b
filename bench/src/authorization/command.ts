import type { Command } from 'commander';
import { thisMachine } from '../machine';
import { median, type Measurement } from '../measurement';
import { cells } from '../report/table';
import { writeResults } from '../report/write-results';
import { measured, type Measured, type Question } from './questions';

/** What a decision may cost. */
const barMicros = 20;

interface Options {
  bindings: number;
  short?: boolean;
  out: string;
}

export function registerAuthorization(program: Command): void {
  program
    .command('authorization')
    .description('what a decision costs callers of all sorts, in this process')
    .option('--bindings <n>', 'RoleBindings and ClusterRoleBindings', Number, 1000)
    .option('--short', 'a small run that shows that everything works')
    .option('--out <folder>', 'where the results go', 'bench-results')
    .action(authorization);
}

function authorization({ bindings, short, out }: Options): void {
  const of = measured(short ? 50 : bindings);
  const measurements = of.questions.map((question) => {
    const measurement = measure(of, question, {
      bindings: short ? 50 : bindings,
      ms: short ? 20 : 1000,
      bar: short ? Infinity : barMicros,
    });
    process.stdout.write(`${cells(measurement).filter(Boolean).join('  ')}\n`);
    return measurement;
  });
  const server = 'the authorizers Node and RBAC in one process';
  writeResults(out, { date: new Date().toISOString(), machine: thisMachine(), server, measurements });
  if (measurements.some(({ exceeded }) => exceeded)) process.exitCode = 1;
}

/** The median of rounds: one that another process interrupts does not count for much. */
function measure(
  { authorizer }: Measured,
  { name, asked, allowed, before }: Question,
  { bindings, ms, bar }: { bindings: number; ms: number; bar: number },
): Measurement {
  const rounds: number[] = [];
  let errors = 0;
  const until = performance.now() + ms * 1.2;
  const warm = performance.now() + ms * 0.2;
  while (performance.now() < until || rounds.length === 0) {
    before?.();
    const began = performance.now();
    for (const attributes of asked) {
      const said = authorizer.authorize(attributes);
      if (said instanceof Promise || (said.decision === 'allow') !== allowed) errors++;
    }
    if (began > warm) rounds.push(((performance.now() - began) * 1000) / asked.length);
  }
  const micros = median(rounds);
  return {
    workload: `authorization: ${name}`,
    parameters: { bindings },
    perSecond: 1e6 / micros,
    more: { micros },
    errors,
    // What a change costs is told and has no bar: it is paid once.
    ...(micros > bar && !before ? { exceeded: `over ${bar} µs` } : {}),
  };
}
