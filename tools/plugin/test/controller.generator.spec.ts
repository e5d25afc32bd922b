import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTreeWithEmptyWorkspace } from '@nx/devkit/testing';

const { controllerGenerator } = require('../src/controller/controller.generator') as {
  controllerGenerator(tree: unknown, options: { name: string; for?: string }): Promise<unknown>;
};
const root = join(__dirname, '../../..');

describe('nx g @nestor/plugin:controller', () => {
  // Inside the repository, where the workspace's packages and the compiler settings are found.
  const name = `generated-${process.pid}`;
  const folder = join(root, 'libs/controllers', name);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('writes a controller that type-checks and whose plan passes its test', async () => {
    const tree = createTreeWithEmptyWorkspace();
    await controllerGenerator(tree, { name, for: 'v1/ConfigMap' });
    const files = tree.listChanges().filter(({ path }) => path.startsWith(`libs/controllers/${name}/`));
    expect(files.map(({ path }) => path.slice(`libs/controllers/${name}/`.length)).sort()).toEqual([
      'package.json',
      `src/${name}.module.ts`,
      `src/${name}.plan.spec.ts`,
      `src/${name}.plan.ts`,
      `src/${name}.reconciler.spec.ts`,
      `src/${name}.reconciler.ts`,
      'src/index.ts',
      'tsconfig.json',
    ]);
    for (const { path, content } of files) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), content!);
    }
    const run = (...args: string[]) =>
      execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: 'pipe', timeout: 240_000 });
    run(join(root, 'node_modules/typescript/bin/tsc'), '-p', join(folder, 'tsconfig.json'), '--noEmit');
    run(join(root, 'node_modules/jest/bin/jest.js'), '--selectProjects', `controllers-${name}`, '-t', `${name} plan`);
  }, 300_000);

  it('refuses names and kinds that cannot be', async () => {
    const tree = createTreeWithEmptyWorkspace();
    await expect(controllerGenerator(tree, { name: 'MyThing' })).rejects.toThrow(/kebab-case/);
    await expect(controllerGenerator(tree, { name: 'x', for: 'ConfigMap' })).rejects.toThrow(/with its version/);
    tree.write('libs/controllers/taken/package.json', '{}');
    await expect(controllerGenerator(tree, { name: 'taken' })).rejects.toThrow(/there already/);
  });
});
