import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import type { History, Violation } from './history';
import { runConsistency } from './run/run-consistency';

interface Options {
  minutes: number;
  seed: number;
  out: string;
}

export function registerConsistency(program: Command): void {
  program
    .command('consistency')
    .description(
      'break Postgres, NATS, API servers and the connections between them under load, and prove what was promised',
    )
    .option('--minutes <n>', 'how long', Number, 5)
    .option('--seed <n>', 'makes the same choices again', Number, Date.now() % 1_000_000)
    .option('--out <folder>', 'where the history goes', 'consistency-results')
    .action(consistency);
}

async function consistency({ minutes, seed, out }: Options): Promise<void> {
  const tell = (line: string): void => void process.stdout.write(`${line}\n`);
  if (!(minutes > 0)) throw new Error('--minutes must be a positive number');
  tell(`two API servers, ${minutes} min, seed ${seed}`);
  const { history, violations } = await runConsistency({
    durationMs: minutes * 60_000,
    seed,
    shortHistory: true,
    tell,
  });
  mkdirSync(out, { recursive: true });
  const file = join(out, 'history.jsonl');
  await writeHistory(file, history);
  for (const line of summary(history)) tell(line);
  tell(`wrote the history to ${file}`);
  for (const violation of violations.slice(0, 50)) tell(described(violation));
  tell(violations.length === 0 ? 'nothing is wrong' : `${violations.length} violations`);
  if (violations.length > 0) process.exitCode = 1;
}

export function summary({ writes, reads, watchers, changes, probes, boundaries, faults }: History): string[] {
  const count = <T>(of: readonly T[], is: (one: T) => boolean): number => of.filter(is).length;
  return [
    `${writes.length} writes: ${count(writes, ({ outcome }) => outcome === 'done')} acknowledged, ` +
      `${count(writes, ({ outcome }) => outcome === 'refused')} refused, ${count(writes, ({ outcome }) => outcome === 'unknown')} unknown; ` +
      `${reads.length} reads; ${changes.length} changes in the log`,
    ...watchers.map(({ name, entries }) => {
      const events = count(entries, ({ type }) => type === 'ADDED' || type === 'MODIFIED' || type === 'DELETED');
      return `${name}: ${events} events, ${count(entries, ({ type }) => type === 'EXPIRED')} times 410`;
    }),
    `${probes.length} watches from the past, ${count(probes, ({ outcome }) => outcome === 'expired')} of them 410; ` +
      `history ends at ${boundaries.at(-1)?.revision ?? 0} of ${changes.at(-1)?.revision ?? 0}`,
    `${faults.length} faults: ${[...new Set(faults.map(({ name }) => name))].join(', ')}`,
  ];
}

export const described = ({ rule, what, records }: Violation): string =>
  [`${rule}: ${what}`, ...records.map((record) => `    ${JSON.stringify(record)}`)].join('\n');

/** One record a line, its kind first. */
async function writeHistory(file: string, history: History): Promise<void> {
  const stream = createWriteStream(file);
  for (const [kind, records] of Object.entries(history) as [string, unknown[]][]) {
    for (const record of records) stream.write(`${JSON.stringify([kind, record])}\n`);
  }
  await new Promise<void>((resolve, reject) =>
    stream.end((error?: Error | null) => (error ? reject(error) : resolve())),
  );
}
