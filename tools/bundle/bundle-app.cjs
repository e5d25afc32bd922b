/**
 * Joins an app's dist/main.js and what it imports into dist/app.js, which dist/main.js then loads (load-app.cjs): reading
 * a thousand files is a third of the start of a process. usage, in the app's folder: node bundle-app.cjs APP
 *
 * For apps that load no modules from outside: those would bring a second copy of what is joined here.
 */
const { execFileSync } = require('node:child_process');
const { copyFileSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, join, relative, resolve } = require('node:path');
const { build } = require('esbuild');
const { nodeFlags } = require('@nestor/config');

const main = resolve('dist/main.js');
const joined = resolve('dist/app.js');

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

/** In strings and regular expressions, where the escape means the same; nothing but comments is there else. */
function inAscii(text) {
  const unit = text.charCodeAt(text.length - 1);
  return unit < 0x80 ? text : `\\u${unit.toString(16).padStart(4, '0')}`;
}

void build({
  entryPoints: [main],
  outfile: joined,
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
  () => {
    writeFileSync(joined, readFileSync(joined, 'utf8').replace(/\\[^]|[^\0-\x7f]/g, inAscii));
    copyFileSync(join(__dirname, 'load-app.cjs'), main);
    // It told of the file that is no more.
    rmSync(`${main}.map`, { force: true });
    const env = { ...process.env, NODE_OPTIONS: '', NESTOR_WRITE_CODE_CACHE: '1' };
    execFileSync(process.execPath, [...nodeFlags(process.argv[2]), main, '--help'], { env, stdio: 'ignore' });
  },
  () => process.exit(1),
);
