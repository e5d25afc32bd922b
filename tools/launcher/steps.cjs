'use strict';
// Steps of the launcher, each shown with the time it took. Plain CommonJS: it runs before anything is installed.
const { spawn } = require('node:child_process');
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '../..');
const started = process.hrtime.bigint();

/** Seconds since the launcher began, as "  3.2s". */
function elapsed() {
  return `${(Number(process.hrtime.bigint() - started) / 1e9).toFixed(1)}s`.padStart(7);
}

function say(text) {
  process.stderr.write(`[${elapsed()}] ${text}\n`);
}

function fail(text) {
  process.stderr.write(`nestor: ${text}\n`);
  process.exit(1);
}

/** Runs a command to its end. Its output is shown when `quiet` is off, or when it fails. Resolves to the exit code. */
function run(command, args, { quiet = false, env = {}, cwd = root } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
    });
    const kept = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => kept.push(chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (quiet && code !== 0) process.stderr.write(Buffer.concat(kept));
      resolve(signal ? 1 : code);
    });
  });
}

function hashOf(text) {
  return createHash('sha256').update(text).digest('hex');
}

function read(file) {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19))
    fail(`Node ${process.versions.node} is too old: 20.19 or newer is needed`);
}

/** Installs the npm packages when the lock file is not the one they were installed from. */
async function installPackages() {
  const wanted = hashOf(read(path.join(root, 'package-lock.json')));
  const marker = path.join(root, 'node_modules', '.nestor-lock');
  if (read(marker) === wanted) return;
  say('installing npm packages (npm ci)');
  const code = await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { quiet: true });
  if (code !== 0) fail(`npm ci ended with ${code}; its output is above`);
  fs.writeFileSync(marker, wanted);
  say('npm packages installed');
}

/** Every file that a build reads, with size and time of change: cheap to take, different as soon as one was edited. */
function sourceStamp() {
  const lines = [];
  const walk = (dir) => {
    for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
      if (['node_modules', 'dist', 'test', 'generated'].includes(entry.name)) continue;
      const file = path.join(dir, entry.name);
      if (entry.isDirectory()) walk(file);
      else {
        const { size, mtimeMs } = fs.statSync(file);
        lines.push(`${path.relative(root, file)} ${size} ${mtimeMs}`);
      }
    }
  };
  for (const dir of ['apps', 'libs', 'tools']) walk(path.join(root, dir));
  for (const file of ['.swcrc', 'nx.json', 'package-lock.json']) lines.push(hashOf(read(path.join(root, file))));
  return hashOf(lines.join('\n'));
}

/** Builds what changed. Nx keeps the results by content; with nothing touched since the last build it is not even started. */
async function build() {
  const stamp = sourceStamp();
  const marker = path.join(root, '.nx', 'built');
  if (read(marker) === stamp && fs.existsSync(path.join(root, 'apps/cli/dist/main.js'))) return;
  say('building');
  const code = await run(
    process.execPath,
    [path.join(root, 'node_modules/nx/dist/bin/nx.js'), 'run-many', '-t', 'build', '--output-style=static'],
    { quiet: true, env: { NX_DAEMON: 'false', NX_TUI: 'false' } },
  );
  if (code !== 0) fail('the build failed; its output is above');
  fs.mkdirSync(path.dirname(marker), { recursive: true });
  fs.writeFileSync(marker, stamp);
  say('built');
}

module.exports = { root, say, fail, run, checkNode, installPackages, build };
