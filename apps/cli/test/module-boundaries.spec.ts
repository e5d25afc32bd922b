import { execFileSync } from 'node:child_process';
import { repositoryRoot } from '@nestor/testing';

const root = repositoryRoot();

/** What must fail, as if it stood in that file, and the rule that says so. */
const violations: { what: string; file: string; text: string; rule: string }[] = [
  {
    what: 'a base library imports a kit',
    file: 'libs/api/src/index.ts',
    text: "export * from '@nestor/client';\n",
    rule: '@nx/enforce-module-boundaries',
  },
  {
    what: 'a kit imports a feature',
    file: 'libs/client/src/index.ts',
    text: "export * from '@nestor/controllers-deployment';\n",
    rule: '@nx/enforce-module-boundaries',
  },
  {
    what: 'another than the API server imports the store',
    file: 'apps/scheduler/src/main.ts',
    text: "export * from '@nestor/store';\n",
    rule: '@nx/enforce-module-boundaries',
  },
  {
    what: 'a controller imports another',
    file: 'libs/controllers/deployment/src/index.ts',
    text: "export * from '@nestor/controllers-replicaset';\n",
    rule: '@nx/enforce-module-boundaries',
  },
  {
    what: 'Postgres is reached past the store',
    file: 'libs/client/src/index.ts',
    text: "import 'pg';\n",
    rule: 'no-restricted-imports',
  },
  {
    what: 'NATS is reached past the watch library',
    file: 'libs/store/src/index.ts',
    text: "import '@nats-io/transport-node';\n",
    rule: 'no-restricted-imports',
  },
  {
    what: 'gRPC is used outside the runtime clients',
    file: 'libs/watch/src/index.ts',
    text: "import '@grpc/grpc-js';\n",
    rule: 'no-restricted-imports',
  },
  {
    what: 'a promise is left floating',
    file: 'libs/client/src/index.ts',
    text: 'export async function go(): Promise<void> {}\ngo();\n',
    rule: '@typescript-eslint/no-floating-promises',
  },
  {
    what: 'a signature says any',
    file: 'libs/client/src/index.ts',
    text: 'export const same = (value: any): unknown => value;\n',
    rule: '@typescript-eslint/no-explicit-any',
  },
];
const allowed = [
  { file: 'libs/client/src/index.ts', text: "export * from '@nestor/api';\n" },
  { file: 'libs/store/src/index.ts', text: "import 'pg';\n" },
];

// In a process of its own: the configuration is an ES module, which jest cannot load.
const script = `
  const { ESLint } = require('eslint');
  const { join } = require('path');
  (async () => {
    const eslint = new ESLint();
    const said = [];
    for (const { file, text } of JSON.parse(require('fs').readFileSync(0, 'utf8'))) {
      const [result] = await eslint.lintText(text, { filePath: join(process.cwd(), file) });
      said.push(result.messages.map(({ ruleId, message }) => ruleId ?? message));
    }
    process.stdout.write(JSON.stringify(said));
  })();
`;

describe('lint', () => {
  let said: string[][];
  beforeAll(() => {
    const input = JSON.stringify([...violations, ...allowed]);
    // With CI set, typescript-eslint takes every file as it is on disk, not as the text it is given.
    const env = { ...process.env, NX_DAEMON: 'false', CI: '' };
    const output = execFileSync(process.execPath, ['-e', script], { cwd: root, input, encoding: 'utf8', env });
    said = JSON.parse(output) as string[][];
  }, 600_000);

  it.each(violations.map(({ what, rule }, index) => [what, rule, index] as const))(
    'fails where %s (%s)',
    (_what, rule, index) => expect(said[index]).toContain(rule),
  );

  it('lets the arrows that point down pass', () => {
    expect(said.slice(violations.length)).toEqual(allowed.map(() => []));
  });
});
