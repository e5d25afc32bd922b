import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that are not on the PATH. */
export function missingTools(...names: string[]): string[] {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return names.filter((name) => !folders.some((folder) => existsSync(join(folder, name))));
}

/** Says on the terminal why tests are left out. Gives whether they may run. */
export function skipUnless(possible: boolean, why: string): boolean {
  if (!possible) process.stderr.write(`SKIPPED: ${why}\n`);
  return possible;
}

/** `describe`, or a skipped `describe` with the reason printed. */
export function describeWhen(possible: boolean, why: string): jest.Describe {
  return skipUnless(possible, why) ? describe : describe.skip;
}
