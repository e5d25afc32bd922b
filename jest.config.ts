/** @jest-config-loader esbuild-register */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from 'jest';

// One jest project per Nx project, named as the Nx project is, plus e2e for whole-cluster tests.
const roots = ['apps', 'libs', 'libs/controllers', 'tools']
  .flatMap((parent) => (existsSync(parent) ? readdirSync(parent).map((name) => join(parent, name)) : []))
  .concat('bench')
  .filter((dir) => existsSync(join(dir, 'package.json')));

// The build's own settings, but for its exclusion of tests.
const {
  $schema: _,
  exclude: __,
  ...swc
} = JSON.parse(readFileSync(join(__dirname, '.swcrc'), 'utf8')) as Record<string, unknown>;

const shared = {
  testEnvironment: 'node',
  transform: {
    '^.+\\.[jt]s$': ['@swc/jest', { ...swc, swcrc: false }] as [string, Record<string, unknown>],
  },
  // Nest 12 ships ES modules only; everything else in node_modules is loaded as it is.
  transformIgnorePatterns: ['/node_modules/(?!(@nestjs|@kubernetes|@noble|jose)/)', '\\.pnp\\.[^\\/]+$'],
  moduleNameMapper: {
    '^@nestor/controllers-(.*)$': '<rootDir>/libs/controllers/$1/src/index.ts',
    '^@nestor/bench$': '<rootDir>/bench/src/index.ts',
    '^@nestor/([^/]+)$': '<rootDir>/libs/$1/src/index.ts',
  },
  modulePathIgnorePatterns: ['/dist/', '<rootDir>/.nestor'],
  rootDir: __dirname,
};

function nxName(dir: string): string {
  const { name, nx } = require(join(__dirname, dir, 'package.json')) as { name: string; nx?: { name?: string } };
  return nx?.name ?? name.replace('@nestor/', '');
}

const config: Config = {
  // Generous: a machine with two busy cores is slow, and no test measures time.
  testTimeout: 120_000,
  globalSetup: join(__dirname, 'libs/testing/src/jest-global-setup.ts'),
  globalTeardown: join(__dirname, 'libs/testing/src/jest-global-teardown.ts'),
  projects: [
    ...roots.map((dir) => ({
      ...shared,
      displayName: nxName(dir),
      roots: [join(__dirname, dir)],
      testMatch: ['**/*.spec.ts'],
    })),
    {
      ...shared,
      displayName: 'e2e',
      roots: existsSync('e2e') ? [join(__dirname, 'e2e')] : [],
      testMatch: ['**/*.spec.ts'],
    },
  ],
};
export default config;
