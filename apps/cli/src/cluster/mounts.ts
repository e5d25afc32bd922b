import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Unmounts what containers and volumes left below a folder, the innermost first. */
export function unmountBelow(folder: string): void {
  for (const path of mountsBelow(folder).reverse()) {
    try {
      execFileSync('umount', ['--lazy', path], { stdio: 'pipe' });
    } catch {
      // Gone with the mount it was in.
    }
  }
}

function mountsBelow(folder: string): string[] {
  if (process.platform !== 'linux') return [];
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .map((path) => path.replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8))))
    .filter((path) => path.startsWith(`${folder}/`));
}
