'use strict';
const path = require('node:path');
const { spawn } = require('node:child_process');
const { root, checkNode, installPackages, build } = require('./steps.cjs');

/** Hands over to the built command line, signals included: Ctrl-C reaches it directly, a kill is passed on. */
function handOver(args) {
  const child = spawn(process.execPath, ['--enable-source-maps', path.join(root, 'apps/cli/dist/main.js'), ...args], {
    stdio: 'inherit',
    env: { ...process.env, NESTOR_ROOT: root },
  });
  process.on('SIGINT', () => undefined);
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    process.stderr.write(`nestor: ${error.message}\n`);
    process.exit(1);
  });
  child.on('close', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

async function main() {
  const args = process.argv.slice(2);
  checkNode();
  await installPackages();
  // Tests start several clusters at once on one build.
  if (process.env.NESTOR_SKIP_BUILD !== '1') await build();
  if (args[0] === 'test') process.exitCode = await require('./test.cjs').test(args.slice(1));
  else handOver(args);
}

void main();
