import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const made = new Set<string>();

/** A folder that is removed when this process ends at the latest. On a disk, where /tmp may be memory. */
export function temporaryDirectory(name: string): { path: string; remove(): void } {
  const path = mkdtempSync(join('/var/tmp', `nestor-${name}-`));
  // Postgres may run as another user and must reach what is inside.
  chmodSync(path, 0o755);
  made.add(path);
  return {
    path,
    remove: () => {
      made.delete(path);
      rmSync(path, { recursive: true, force: true });
    },
  };
}

process.once('exit', () => {
  for (const path of made) rmSync(path, { recursive: true, force: true });
});
