import { closeSync, mkdirSync, openSync, statSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';

const kinds: Record<string, { check: (stats: Stats) => boolean; what: string }> = {
  Directory: { check: (stats) => stats.isDirectory(), what: 'a directory' },
  DirectoryOrCreate: { check: (stats) => stats.isDirectory(), what: 'a directory' },
  File: { check: (stats) => stats.isFile(), what: 'a file' },
  FileOrCreate: { check: (stats) => stats.isFile(), what: 'a file' },
  Socket: { check: (stats) => stats.isSocket(), what: 'a socket file' },
  CharDevice: { check: (stats) => stats.isCharacterDevice(), what: 'a character device' },
  BlockDevice: { check: (stats) => stats.isBlockDevice(), what: 'a block device' },
};

/** Checks a hostPath volume's type and creates what ...OrCreate asks for. */
export function prepareHostPath(path: string, type = ''): void {
  const kind = kinds[type];
  if (!kind) return;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats) {
    if (!kind.check(stats)) throw new Error(`hostPath type check failed: ${path} is not ${kind.what}`);
    return;
  }
  if (type === 'DirectoryOrCreate') mkdirSync(path, { recursive: true, mode: 0o755 });
  else if (type === 'FileOrCreate') {
    mkdirSync(dirname(path), { recursive: true });
    closeSync(openSync(path, 'a', 0o644));
  } else throw new Error(`hostPath type check failed: ${path} is not ${kind.what}`);
}
