import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';

const libs = join(__dirname, '..', '..');

// The process is what is tested, so the app runs in one of its own.
const source = `
  import 'reflect-metadata';
  import { Module } from '@nestjs/common';
  import { IsString } from 'class-validator';
  import { CommonConfig, Option } from '../../config/src';
  import { createLogger } from '../src/logger';
  import { runApp } from '../src/run-app';

  class SampleConfig extends CommonConfig { mode = ''; }
  Option({ description: 'How it behaves' })(SampleConfig.prototype, 'mode');
  IsString()(SampleConfig.prototype, 'mode');

  let mode = '';
  class Work {
    async onApplicationShutdown() {
      process.stdout.write('closing\\n');
      if (mode === 'stuck') await new Promise(() => undefined);
    }
  }
  class Root {}
  Module({ providers: [Work] })(Root);

  setInterval(() => undefined, 1000);
  void runApp({
    app: 'sample',
    config: SampleConfig,
    module: () => Root,
    shutdownTimeoutMs: 60_000,
    start: (_context, config) => {
      mode = config.mode;
      if (mode === 'fail') throw new Error('no database', { cause: new Error('connection refused') });
      if (mode === 'crash') setTimeout(() => { throw new Error('later'); }, 10);
      createLogger('work').info({ object: 'default/web' }, 'began');
      process.stdout.write('ready\\n');
    },
  });
`;

// Compiles what the process requires with the build's own compiler, so that the test needs no build.
const hook = `
  const { transformFileSync } = require('@swc/core');
  const { exclude, $schema, ...settings } = JSON.parse(require('fs').readFileSync(process.env.SWCRC, 'utf8'));
  require.extensions['.ts'] = (module, path) =>
    module._compile(transformFileSync(path, { ...settings, sourceMaps: 'inline', swcrc: false }).code, path);
  const resolve = module.constructor._resolveFilename;
  module.constructor._resolveFilename = function (name, ...rest) {
    const own = /^@nestor\\/([^/]+)$/.exec(name);
    return resolve.call(this, own ? process.env.LIBS + '/' + own[1] + '/src/index.ts' : name, ...rest);
  };
`;

describe('runApp', () => {
  let dir: string;
  let script: string;
  const children: ChildProcess[] = [];

  beforeAll(() => {
    dir = mkdtempSync(join(__dirname, '..', '.run-app-'));
    script = join(dir, 'sample.ts');
    writeFileSync(script, source);
    writeFileSync(join(dir, 'hook.cjs'), hook);
  });
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  function run(args: string[] = [], env: Record<string, string> = {}) {
    const child = spawn(process.execPath, ['-r', join(dir, 'hook.cjs'), script, ...args], {
      env: { ...process.env, SWCRC: join(libs, '..', '.swcrc'), LIBS: libs, ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    children.push(child);
    const output = { stdout: '', stderr: '' };
    child.stdout!.on('data', (chunk: Buffer) => (output.stdout += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (output.stderr += chunk.toString()));
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const says = (text: string) =>
      new Promise<void>((resolve, reject) => {
        const look = () => output.stdout.includes(text) && resolve();
        child.stdout!.on('data', look);
        child.once('close', () => reject(new Error(`ended without "${text}": ${output.stderr}`)));
        look();
      });
    return { child, output, ended, says };
  }

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'ends well on %s, with the hooks run',
    async (signal) => {
      const { child, output, ended, says } = run();
      await says('ready');
      child.kill(signal);
      expect(await ended).toBe(0);
      expect(output.stdout).toContain('closing');
      const line = output.stderr.split('\n').find((text) => text.includes('began'))!;
      expect(JSON.parse(line)).toMatchObject({
        level: 'info',
        component: 'work',
        object: 'default/web',
        message: 'began',
      });
    },
    60_000,
  );

  it('ends at once on the second signal', async () => {
    const { child, ended, says } = run(['--mode', 'stuck']);
    await says('ready');
    child.kill('SIGTERM');
    await says('closing');
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
  });

  it('ends when the supervisor is gone', async () => {
    const { child, output, ended, says } = run([], { NESTOR_LIFELINE_FD: '3' });
    await says('ready');
    (child.stdio[3] as NodeJS.WritableStream & { destroy(): void }).destroy();
    expect(await ended).toBe(0);
    expect(output.stderr).toContain('the supervisor is gone');
  });

  it('says in one line why it cannot start', async () => {
    const { output, ended } = run(['--mode=fail']);
    expect(await ended).toBe(1);
    expect(output.stderr).toBe('sample: cannot start: no database: connection refused\n');
  });

  it('exits with 2 and every problem for a wrong configuration, with 0 for --help', async () => {
    const wrong = run(['--log-level=loud', '--wrong']);
    expect(await wrong.ended).toBe(2);
    expect(wrong.output.stderr).toContain('--log-level: must be one of');
    expect(wrong.output.stderr).toContain('unknown option --wrong');
    const help = run(['--help']);
    expect(await help.ended).toBe(0);
    expect(help.output.stdout).toContain('NESTOR_SAMPLE_LOG_LEVEL');
  });

  it('logs what nobody caught and exits non-zero', async () => {
    const { output, ended } = run(['--mode=crash']);
    expect(await ended).toBe(1);
    expect(output.stderr).toContain('uncaught exception');
  });

  it('is ready once started, and says which port is taken', async () => {
    const port = await freePort();
    const first = run([], { NESTOR_SAMPLE_OBSERVABILITY_PORT: String(port) });
    await first.says('ready');
    expect(await (await fetch(`http://127.0.0.1:${port}/readyz?verbose`)).text()).toContain('[+]startup ok');
    const second = run([], { NESTOR_SAMPLE_OBSERVABILITY_PORT: String(port) });
    expect(await second.ended).toBe(1);
    expect(second.output.stderr).toMatch(/^sample: cannot start: .* is in use/);
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
