import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, sep } from 'node:path';

export type Payload = ReadonlyMap<string, { data: Buffer; mode: number }>;

const dataLink = '..data';
const nextLink = '..data_tmp';

/**
 * kubelet's AtomicWriter: files live in a timestamped directory that the link ..data names; an update writes a new
 * directory and renames the link over the old one, so that a reader sees all of the old or all of the new.
 * Returns whether anything changed.
 */
export function writeAtomically(target: string, payload: Payload): boolean {
  mkdirSync(target, { recursive: true });
  const link = join(target, dataLink);
  const current = isLink(link) ? readlinkSync(link) : undefined;
  if (current && isSame(join(target, current), payload)) return false;
  const stamp = new Date().toISOString().replace(/[-:]/g, '_').replace('T', '_').slice(0, 19);
  const fresh = mkdtempSync(join(target, `..${stamp}.`));
  chmodSync(fresh, 0o755);
  for (const [path, { data, mode }] of payload) {
    mkdirSync(dirname(join(fresh, path)), { recursive: true });
    writeFileSync(join(fresh, path), data, { mode });
    chmodSync(join(fresh, path), mode); // The umask must not narrow what was asked for.
  }
  rmSync(join(target, nextLink), { force: true });
  symlinkSync(fresh.slice(target.length + 1), join(target, nextLink));
  renameSync(join(target, nextLink), link);
  linkVisibleNames(target, payload);
  if (current) rmSync(join(target, current), { recursive: true, force: true });
  return true;
}

/** First path elements are links through ..data; those of files that are gone are removed after the switch. */
function linkVisibleNames(target: string, payload: Payload): void {
  const wanted = new Set([...payload.keys()].map((path) => path.split(sep)[0] ?? path));
  for (const name of wanted) {
    if (!isLink(join(target, name))) symlinkSync(join(dataLink, name), join(target, name));
  }
  for (const name of readdirSync(target)) {
    if (!name.startsWith('..') && !wanted.has(name)) rmSync(join(target, name), { recursive: true, force: true });
  }
}

function isSame(directory: string, payload: Payload): boolean {
  if (!existsSync(directory)) return false;
  const present = filesBelow(directory);
  if (present.length !== payload.size) return false;
  return [...payload].every(([path, { data, mode }]) => {
    const file = join(directory, path);
    if (!existsSync(file)) return false;
    return (lstatSync(file).mode & 0o777) === (mode & 0o777) && readFileSync(file).equals(data);
  });
}

function filesBelow(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false; // It is not there.
  }
}
