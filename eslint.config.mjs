import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

const tests = ['**/*.spec.ts', '**/test/**/*.ts', 'e2e/**/*.ts', 'bench/**/*.ts', 'libs/testing/**/*.ts'];

/** Packages that only the named folders may import: each stands behind one library's interface. */
const reserved = [
  { packages: ['pg', 'typeorm'], homes: ['libs/store', 'libs/postgres-server'] },
  { packages: ['@nats-io/*'], homes: ['libs/watch', 'libs/bus-auth'] },
  { packages: ['undici'], homes: ['libs/client'] },
  { packages: ['@grpc/*'], homes: ['libs/cri', 'libs/csi', 'libs/encryption'] },
];

/** What each layer and scope may import. Arrows point down only; features do not know each other. */
const depConstraints = [
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:feature', 'layer:kit', 'layer:base'] },
  { sourceTag: 'layer:feature', onlyDependOnLibsWithTags: ['layer:kit', 'layer:base'] },
  { sourceTag: 'layer:kit', onlyDependOnLibsWithTags: ['layer:kit', 'layer:base'] },
  { sourceTag: 'layer:base', onlyDependOnLibsWithTags: ['layer:base'] },
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: ['layer:testing', 'layer:kit', 'layer:base'] },
  { sourceTag: 'scope:apiserver', onlyDependOnLibsWithTags: ['scope:apiserver', 'scope:shared'] },
  { sourceTag: 'scope:control', onlyDependOnLibsWithTags: ['scope:control', 'scope:shared'] },
  { sourceTag: 'scope:node', onlyDependOnLibsWithTags: ['scope:node', 'scope:shared'] },
  // The launcher starts the node's containerd, and reads nothing else of it.
  { sourceTag: 'scope:launcher', onlyDependOnLibsWithTags: ['scope:node', 'scope:shared'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
];

const ban = (rules) => ({
  'no-restricted-imports': [
    'error',
    {
      patterns: rules.map(({ packages, homes }) => ({
        // Types cost nothing and pull nothing in, but they tie the importer to the package all the same.
        group: packages.flatMap((name) => (name.endsWith('/*') ? [name] : [name, `${name}/*`])),
        message: `Only ${homes.join(' and ')} may import this.`,
      })),
    },
  ],
});

const importLimits = [
  { files: ['**/*.ts'], ignores: tests, rules: ban(reserved) },
  // A later entry replaces an earlier one, so each home gets the list without its own packages.
  ...reserved.flatMap((own) =>
    own.homes.map((home) => ({
      files: [`${home}/**/*.ts`],
      ignores: tests,
      rules: ban(reserved.filter((other) => other !== own)),
    })),
  ),
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.nx/**',
      '.nestor/**',
      '**/generated/**',
      'tools/plugin/**/files/**',
      '**/templates/**',
    ],
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.base, prettier],
    plugins: { '@nx': nx },
    languageOptions: {
      parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: false, allow: [], depConstraints }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/only-throw-error': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none', ignoreRestSiblings: true },
      ],
      '@typescript-eslint/no-for-in-array': 'error',
      '@typescript-eslint/no-implied-eval': 'error',
      '@typescript-eslint/no-unnecessary-type-assertion': 'error',
      '@typescript-eslint/prefer-as-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-empty': 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-fallthrough': 'error',
      'no-self-compare': 'error',
      'no-unsafe-finally': 'error',
      'no-constant-binary-expression': 'error',
    },
  },
  ...importLimits,
  {
    // The test bed starts a real API server; it loads the testing library only when it is used.
    files: ['libs/controller-kit/src/testing/**/*.ts'],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  {
    // Tests may reach for anything they test with; what they check decides, not how they are layered.
    files: tests,
    rules: {
      '@nx/enforce-module-boundaries': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/only-throw-error': 'off',
    },
  },
);
