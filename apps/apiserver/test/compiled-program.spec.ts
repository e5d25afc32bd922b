import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeFlags } from '@nestor/config';
import { repositoryRoot, temporaryDirectory } from '@nestor/testing';

const dist = join(repositoryRoot(), 'apps/apiserver/dist');
const describeBuilt = existsSync(join(dist, 'main.js')) ? describe : describe.skip;

describeBuilt('the program of the API server', () => {
  const directory = temporaryDirectory('program');
  afterAll(() => directory.remove());
  // Flags of the surroundings would be others than those that it was compiled for.
  const env = { ...process.env, NODE_OPTIONS: '' };
  const run = (...args: string[]) => spawnSync(process.execPath, args, { encoding: 'utf8', env });

  it('was compiled for the flags that it is started with', () => {
    const check = `
      const { readFileSync } = require('node:fs');
      const source = require('node:module').wrap(readFileSync('${dist}/app.js', 'latin1'));
      const cachedData = readFileSync('${dist}/app.js.cache');
      console.log(new (require('node:vm').Script)(source, { cachedData }).cachedDataRejected);`;
    expect(run(...nodeFlags('apiserver'), '-e', check).stdout).toBe('false\n');
  });

  it('loads what is large only when there is work for it', () => {
    const preload = join(directory.path, 'tell-packages.cjs');
    writeFileSync(
      preload,
      `const Module = require('node:module');
       const load = Module._load;
       Module._load = function (id) {
         if (!/^[./]/.test(id) && !Module.isBuiltin(id)) process.stderr.write(id + '\\n');
         return load.apply(this, arguments);
       };`,
    );
    const { status, stderr } = run('--require', preload, join(dist, 'main.js'), '--help');
    expect(status).toBe(0);
    const loaded = [...new Set(stderr.split('\n').filter(Boolean))];
    expect(loaded.sort()).toEqual(['@opentelemetry/api', 'yaml']);
  });
});
