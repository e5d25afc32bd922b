import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { sep } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The kernel writes blanks and backslashes of a path as octal numbers. */
const plain = (path: string): string =>
  path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));

export function mountPoints(): string[] {
  return readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => plain(line.split(' ')[1] ?? ''))
    .filter((path) => path !== '');
}

export const isMountPoint = (path: string): boolean => mountPoints().includes(path);

export const mountPointsBelow = (directory: string): string[] =>
  mountPoints().filter((path) => path.startsWith(directory + sep));

export async function mountTmpfs(directory: string, sizeBytes: number | undefined): Promise<void> {
  const size = sizeBytes === undefined ? [] : ['-o', `size=${sizeBytes}`];
  await run('mount', ['-t', 'tmpfs', ...size, 'tmpfs', directory]);
}

export async function unmount(path: string): Promise<void> {
  await run('umount', ['-l', path]);
}
