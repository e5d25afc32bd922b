import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { repositoryRoot } from '@nestor/testing';

const root = repositoryRoot();

/** What lint says of a text, as if it stood in this file. */
function lint(file: string, text: string): string[] {
  const eslint = join(root, 'node_modules', '.bin', 'eslint');
  const { stdout, stderr } = spawnSync(eslint, ['--stdin', '--stdin-filename', join(root, file), '--format', 'json'], {
    cwd: root,
    input: text,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false' },
  });
  if (!stdout) throw new Error(stderr);
  const [result] = JSON.parse(stdout) as { messages: { ruleId: string | null; message: string }[] }[];
  return result!.messages.map(({ ruleId, message }) => `${ruleId}: ${message}`);
}

describe('module boundaries', () => {
  const boundary = expect.stringContaining('@nx/enforce-module-boundaries');
  const restricted = expect.stringContaining('no-restricted-imports');

  it.each([
    ['a base library imports a kit', 'libs/api/src/index.ts', "export * from '@nestor/client';\n"],
    ['anything but the API server imports the store', 'libs/client/src/index.ts', "export * from '@nestor/store';\n"],
    ['an app of the control plane imports the store', 'apps/scheduler/src/main.ts', "export * from '@nestor/store';\n"],
    [
      'a controller imports another',
      'libs/controllers/deployment/src/index.ts',
      "export * from '@nestor/controllers-replicaset';\n",
    ],
    [
      'a library imports past the index of another',
      'libs/client/src/index.ts',
      "export * from '../../api/src/meta';\n",
    ],
  ])('fails where %s', (_what, file, text) => expect(lint(file, text)).toContainEqual(boundary), 120_000);

  it.each([
    ['libs/client/src/index.ts', "import 'pg';\n"],
    ['libs/client/src/index.ts', "import '@nats-io/transport-node';\n"],
    ['libs/watch/src/index.ts', "import '@grpc/grpc-js';\n"],
    ['libs/store/src/index.ts', "import '@nats-io/nats-core';\n"],
  ])('fails where %s holds %j', (file, text) => expect(lint(file, text)).toContainEqual(restricted), 120_000);

  it('fails where a promise is left floating or a signature says any', () => {
    const text = 'export async function go(x: any): Promise<void> { return x; }\ngo(1);\n';
    const said = lint('libs/client/src/index.ts', text).join('\n');
    expect(said).toContain('no-floating-promises');
    expect(said).toContain('no-explicit-any');
  }, 120_000);

  it('lets the arrows that point down pass', () => {
    expect(lint('libs/client/src/index.ts', "export * from '@nestor/api';\n")).toEqual([]);
    expect(lint('libs/store/src/index.ts', "import 'pg';\n")).toEqual([]);
  }, 120_000);
});
