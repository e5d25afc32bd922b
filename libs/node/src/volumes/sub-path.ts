import { existsSync, mkdirSync, realpathSync } from 'node:fs';
import { join, sep } from 'node:path';

/** A sub-path may not lead out of its volume, by dots or by a link that a container has put there. */
export function resolveSubPath(base: string, subPath: string): string {
  if (subPath.startsWith('/') || subPath.split('/').includes('..'))
    throw new Error(`subPath "${subPath}" must stay inside the volume`);
  const path = join(base, subPath);
  if (!existsSync(path)) mkdirSync(path, { recursive: true });
  const [real, root] = [realpathSync(path), realpathSync(base)];
  if (real !== root && !real.startsWith(root + sep)) throw new Error(`subPath "${subPath}" leads outside the volume`);
  return real;
}
