import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { repositoryRoot } from './repository-root';

export interface CheckSettings {
  /** Jest projects; empty means everything, with lint. */
  only: readonly string[];
  /** Passed on to jest. */
  args: readonly string[];
  /** Said again in the summary. */
  notes: readonly string[];
}

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

const staticChecks: readonly { name: string; command: readonly string[] }[] = [
  { name: 'eslint', command: ['eslint', '.', '--max-warnings', '0'] },
  { name: 'prettier', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
  { name: 'typecheck', command: ['tsc', '-p', 'tsconfig.json', '--noEmit'] },
];

/** Runs every check and prints the summary. Gives the exit code. */
export async function runChecks({ only, args, notes }: CheckSettings): Promise<number> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const reasons = new Set(notes);
  const problems: string[] = [];
  const partial = only.length > 0 || args.length > 0;

  for (const { name, command } of partial ? [] : staticChecks) {
    const began = Date.now();
    const { code } = await run(command, reasons);
    process.stdout.write(`${code === 0 ? 'ok' : 'FAILED'} ${name} (${Math.round((Date.now() - began) / 1000)}s)\n`);
    if (code === 0) tally.passed++;
    else {
      tally.failed++;
      problems.push(name);
    }
  }
  if (partial) await runJest({ only, args, reasons, tally, problems });
  else {
    await runJest({ only, args: ['--ignoreProjects', 'e2e'], reasons, tally, problems });
    // Whole clusters have the machine for themselves, one after another.
    await runJest({ only: ['e2e'], args: ['--runInBand'], reasons, tally, problems });
  }

  for (const reason of reasons) process.stdout.write(`skipped: ${reason}\n`);
  for (const problem of problems) process.stdout.write(`failed: ${problem}\n`);
  process.stdout.write(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`);
  return tally.failed === 0 ? 0 : 1;
}

interface JestRun {
  only: readonly string[];
  args: readonly string[];
  reasons: Set<string>;
  tally: Tally;
  problems: string[];
}

interface JestResults {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  testResults: { name: string; status: string; assertionResults: { fullName: string; status: string }[] }[];
}

async function runJest({ only, args, reasons, tally, problems }: JestRun): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nestor-jest-'));
  const file = join(folder, 'results.json');
  const projects = only.length ? ['--selectProjects', ...only] : [];
  try {
    // Two workers: each may have a server of its own behind it.
    const workers = args.includes('--runInBand') ? [] : ['--maxWorkers=2'];
    const command = ['jest', '--json', '--outputFile', file, ...workers, ...args, ...projects];
    const { code } = await run(command, reasons, 'discard output');
    const results = JSON.parse(readFileSync(file, 'utf8')) as JestResults;
    tally.passed += results.numPassedTests;
    tally.failed += results.numFailedTests;
    tally.skipped += results.numPendingTests + results.numTodoTests;
    for (const suite of results.testResults) {
      const failed = suite.assertionResults.filter(({ status }) => status === 'failed');
      problems.push(...failed.map(({ fullName }) => `${suite.name}: ${fullName}`));
      // A file that could not be run has no tests to count.
      if (suite.status === 'failed' && failed.length === 0) {
        tally.failed++;
        problems.push(`${suite.name}: could not be run`);
      }
    }
    if (code !== 0 && tally.failed === 0) {
      tally.failed++;
      problems.push(`jest ended with ${code}`);
    }
  } catch (error) {
    tally.failed++;
    problems.push(`jest gave no results: ${(error as Error).message}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a program of node_modules/.bin. Lines that say why something is skipped are collected. */
function run(command: readonly string[], reasons: Set<string>, stdout?: 'discard output') {
  const root = repositoryRoot();
  return new Promise<{ code: number | null }>((resolve) => {
    const program = join(root, 'node_modules', '.bin', command[0]!);
    // Not in NODE_OPTIONS: what the tests start would have the limit too, and compile what was compiled for other flags.
    const child = spawn(process.execPath, ['--max-old-space-size=4096', program, ...command.slice(1)], {
      cwd: root,
      env: { ...process.env, NX_DAEMON: 'false' },
      stdio: ['ignore', stdout ? 'ignore' : 'inherit', 'pipe'],
    });
    let rest = '';
    child.stderr.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      const lines = (rest + chunk.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        const reason = /^SKIPPED: (.*)$/.exec(line)?.[1];
        if (reason) reasons.add(reason);
      }
    });
    child.once('error', () => resolve({ code: 127 }));
    child.once('close', (code) => resolve({ code }));
  });
}
