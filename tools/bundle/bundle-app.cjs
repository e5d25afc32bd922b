/**
 * Joins what an app's dist/main.js imports into that one file: reading a thousand files is a third of the start of a
 * process. usage, in the app's folder: node bundle-app.cjs
 *
 * For apps that load no modules from outside: those would bring a second copy of what is joined here.
 */
const { readFileSync, rmSync } = require('node:fs');
const { dirname, join, relative, resolve } = require('node:path');
const { build } = require('esbuild');

const main = resolve('dist/main.js');

/** Files that are read beside the code (SQL, schemas) are found from where the code came from. */
const directories = {
  name: 'directories',
  setup({ onLoad }) {
    onLoad({ filter: /\/(apps|libs)\/.*\/dist\/.*\.js$/ }, ({ path }) => {
      const from = JSON.stringify(relative(dirname(main), dirname(path)));
      const contents = readFileSync(path, 'utf8').replaceAll(
        '__dirname',
        `require("node:path").join(__dirname, ${from})`,
      );
      return { contents, loader: 'js' };
    });
  },
};

/** Loaded only where there is work for them, or not installed at all: Nest and pg ask for these by way of trial. */
const external = [
  'typeorm',
  'yaml',
  '@grpc/*',
  '@opentelemetry/*',
  '@nestjs/microservices',
  '@nestjs/microservices/*',
  '@nestjs/platform-express',
  '@nestjs/websockets',
  '@nestjs/websockets/*',
  'pg-native',
];

void build({
  entryPoints: [main],
  outfile: main,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  // The compiled files, not the sources that the paths of tsconfig.base.json lead to.
  tsconfigRaw: '{}',
  absWorkingDir: join(__dirname, '..', '..'),
  external,
  plugins: [directories],
  logLevel: 'warning',
}).then(
  // It told of the file that is no more.
  () => rmSync(`${main}.map`, { force: true }),
  () => process.exit(1),
);
