/**
 * An app's dist/main.js: runs app.js beside it, as V8 has compiled it before where that was by this very V8 with these
 * flags. Reading and compiling the program is most of the start of a process.
 */
const { readFileSync } = require('node:fs');
const { wrap } = require('node:module');
const { join } = require('node:path');
const { constants, Script } = require('node:vm');

const file = join(__dirname, 'app.js');

function compiledBefore() {
  try {
    return readFileSync(`${file}.cache`);
  } catch {
    return undefined;
  }
}

// All of it is ASCII: one byte a character is read fastest and held smallest.
const script = new Script(wrap(readFileSync(file, 'latin1')), {
  filename: file,
  cachedData: compiledBefore(),
  importModuleDynamically: constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER,
});
// Once more after all modules have run, so that it holds what they have compiled meanwhile.
if (process.env.NESTOR_WRITE_CODE_CACHE) {
  const { writeFileSync } = require('node:fs');
  process.once('exit', () => writeFileSync(`${file}.cache`, script.createCachedData()));
}
script.runInThisContext()(exports, require, module, file, __dirname);
