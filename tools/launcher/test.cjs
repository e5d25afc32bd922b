'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { root, run, say } = require('./steps.cjs');
const { installTestPackages } = require('./debian-packages.cjs');

const bin = (name) => path.join(root, 'node_modules/.bin', name);
const quietNx = { NX_DAEMON: 'false' };

/** Checks that are not jest's, cheapest first. Each counts as one test in the closing line. */
const checks = [
  {
    name: 'formatting (prettier)',
    run: () => run(bin('prettier'), ['--check', '--log-level=warn', '.'], { quiet: true }),
  },
  { name: 'types (tsc)', run: () => run(bin('tsc'), ['-p', 'tsconfig.json'], { quiet: true }) },
  {
    name: 'lint (eslint, module boundaries)',
    run: async () => {
      // The boundary rule reads Nx's project graph from its cache.
      await run(bin('nx'), ['show', 'projects'], { quiet: true, env: quietNx });
      return run(bin('eslint'), ['.', '--max-warnings', '0'], { quiet: true, env: quietNx });
    },
  },
];

/** Runs jest and returns what its report says; a run that left no report counts as one failure. */
async function jest(args) {
  const report = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'nestor-test-')), 'report.json');
  await run(bin('jest'), [...args, '--json', `--outputFile=${report}`, '--reporters=default'], {
    env: { ...quietNx, NODE_OPTIONS: '--no-warnings' },
  });
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: [], broken: [`jest ${args.join(' ')}`] };
  const { testResults, numPassedTests, numFailedTests } = JSON.parse(fs.readFileSync(report, 'utf8'));
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  );
  const skipped = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'pending')
      .map(({ fullName }) => `${path.relative(root, name)}: ${fullName}`),
  );
  return {
    passed: numPassedTests,
    failed: numFailedTests + broken.length,
    skipped,
    broken: broken.map(({ name }) => path.relative(root, name)),
  };
}

/** `./nestor test [--only PROJECT ...] [jest options]`: everything without arguments, else what jest is told to run. */
async function test(args) {
  const missing = await installTestPackages();
  const totals = { passed: 0, failed: 0, skipped: [], broken: [] };
  if (args.length === 0) {
    for (const check of checks) {
      say(check.name);
      const ok = (await check.run()) === 0;
      totals[ok ? 'passed' : 'failed']++;
      if (!ok) totals.broken.push(check.name);
    }
  }
  const only = args[0] === '--only' ? ['--selectProjects', ...args.slice(1)] : args;
  // Whole clusters take the machine for themselves; everything else shares its cores.
  const phases =
    args.length > 0
      ? [only]
      : [
          ['--ignoreProjects', 'e2e', `--maxWorkers=${Math.max(2, os.cpus().length)}`],
          ['--selectProjects', 'e2e', '--runInBand'],
        ];
  for (const phase of phases) {
    say(`jest ${phase.join(' ')}`);
    const result = await jest(phase);
    totals.passed += result.passed;
    totals.failed += result.failed;
    totals.skipped.push(...result.skipped);
    totals.broken.push(...result.broken);
  }
  if (missing.length > 0) say(`missing on this machine: ${missing.join(' ')}`);
  for (const name of totals.skipped) say(`skipped: ${name}`);
  for (const name of totals.broken) say(`failed: ${name}`);
  process.stdout.write(`\n${totals.passed} passed, ${totals.failed} failed, ${totals.skipped.length} skipped\n`);
  return totals.failed === 0 ? 0 : 1;
}

module.exports = { test };
