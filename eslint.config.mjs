import nx from '@nx/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

// The arrows of the architecture: apps -> features -> kit -> base. A test may use the testing library on top.
const arrows = [
  { sourceTag: 'layer:base', onlyDependOnLibsWithTags: ['layer:base'] },
  { sourceTag: 'layer:kit', onlyDependOnLibsWithTags: ['layer:kit', 'layer:base'] },
  { sourceTag: 'layer:feature', onlyDependOnLibsWithTags: ['layer:kit', 'layer:base'] },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: ['layer:feature', 'layer:kit', 'layer:base'] },
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: ['layer:kit', 'layer:base'] },
  { sourceTag: 'scope:shared', onlyDependOnLibsWithTags: ['scope:shared'] },
  { sourceTag: 'scope:apiserver', onlyDependOnLibsWithTags: ['scope:apiserver', 'scope:shared'] },
  { sourceTag: 'scope:control', onlyDependOnLibsWithTags: ['scope:control', 'scope:shared'] },
  { sourceTag: 'scope:node', onlyDependOnLibsWithTags: ['scope:node', 'scope:shared'] },
  { sourceTag: 'scope:launcher', onlyDependOnLibsWithTags: ['scope:node', 'scope:shared'] },
];

// Each outside door has its rooms: Postgres, NATS and gRPC are reached through their libraries alone.
const doors = [
  { names: ['pg', 'typeorm'], rooms: ['store', 'postgres-server', 'testing'] },
  { names: ['@nats-io/transport-node', '@nats-io/nats-core'], rooms: ['watch', 'testing'] },
  { names: ['@grpc/grpc-js', '@grpc/proto-loader'], rooms: ['cri', 'testing'] },
];
const closed = (names) => ({
  '@typescript-eslint/no-restricted-imports': [
    'error',
    {
      paths: names.map((name) => ({
        name,
        allowTypeImports: false,
        message: 'Only its own library reaches it; see eslint.config.mjs.',
      })),
    },
  ],
});
const rooms = [...new Set(doors.flatMap((door) => door.rooms))];
const doorRules = [
  {
    files: ['apps/*/src/**/*.ts', 'libs/**/src/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: closed(doors.flatMap(({ names }) => names)),
  },
  ...rooms.map((room) => ({
    files: [`libs/${room}/src/**/*.ts`],
    ignores: ['**/*.spec.ts'],
    rules: closed(doors.filter((door) => !door.rooms.includes(room)).flatMap(({ names }) => names)),
  })),
];

export default tseslint.config(
  {
    ignores: [
      '**/dist/**',
      '**/node_modules/**',
      '.nx/**',
      '.nestor/**',
      'libs/schema/generated/**',
      'tools/*/src/generators/**/files/**',
    ],
  },
  ...tseslint.configs.recommended,
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: arrows },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: false }],
      '@typescript-eslint/explicit-module-boundary-types': 'off',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      // Lazy loading of what is off by default keeps start-up short.
      '@typescript-eslint/no-require-imports': 'off',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
    },
  },
  ...doorRules,
  {
    files: [
      '**/*.spec.ts',
      'apps/*/test/**/*.ts',
      'e2e/**/*.ts',
      'bench/**/*.ts',
      'libs/controller-kit/src/testing/**/*.ts',
      'jest.config.ts',
    ],
    rules: { '@nx/enforce-module-boundaries': 'off' },
  },
  prettier,
);
