import { createReadStream, createWriteStream, existsSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { createLogger } from '@nestor/telemetry';

export interface RotationLimits {
  /** Old files that are kept; 0 keeps all. */
  maxBackups: number;
  /** Days after which an old file goes; 0 keeps them. */
  maxAgeDays: number;
  /** Old files are compressed. */
  compress: boolean;
}

const log = createLogger('audit');
const dayMs = 86_400_000;

/**
 * Puts a log file aside as name-2006-01-02T15-04-05.000.log and drops the old ones beyond the limits: the names and
 * limits of lumberjack, so that what collects kube-apiserver's files finds these.
 */
export function rotate(path: string, limits: RotationLimits, now: Date): void {
  const aside = freeName(path, now);
  renameSync(path, aside);
  prune(path, limits, now);
  if (limits.compress && existsSync(aside)) {
    compress(aside).catch((error: unknown) => log.error({ error, path: aside }, 'an old audit log stays uncompressed'));
  }
}

/** A busy server may end two files in one millisecond. */
function freeName(path: string, now: Date): string {
  for (let at = now.getTime(); ; at++) {
    const name = backupName(path, new Date(at));
    if (!existsSync(name) && !existsSync(`${name}.gz`)) return name;
  }
}

function backupName(path: string, at: Date): string {
  const { prefix, extension } = partsOf(path);
  return join(dirname(path), `${prefix}${at.toISOString().replace(/:/g, '-').replace('Z', '')}${extension}`);
}

function partsOf(path: string): { prefix: string; extension: string } {
  const extension = extname(path);
  return { prefix: `${basename(path, extension)}-`, extension };
}

function prune(path: string, { maxBackups, maxAgeDays }: RotationLimits, now: Date): void {
  const oldest = maxAgeDays > 0 ? now.getTime() - maxAgeDays * dayMs : -Infinity;
  for (const [index, { file, time }] of backups(path).entries()) {
    if ((maxBackups > 0 && index >= maxBackups) || time < oldest) rmSync(file, { force: true });
  }
}

/** The newest first. */
function backups(path: string): { file: string; time: number }[] {
  const { prefix, extension } = partsOf(path);
  return readdirSync(dirname(path))
    .flatMap((name) => {
      const plain = name.replace(/\.gz$/, '');
      if (!plain.startsWith(prefix) || !plain.endsWith(extension)) return [];
      const stamp = plain.slice(prefix.length, plain.length - extension.length);
      const time = Date.parse(stamp.replace(/T(\d\d)-(\d\d)-(\d\d)/, 'T$1:$2:$3') + 'Z');
      return Number.isNaN(time) ? [] : [{ file: join(dirname(path), name), time }];
    })
    .sort((a, b) => b.time - a.time);
}

async function compress(file: string): Promise<void> {
  const unfinished = `${file}.gz.part`;
  await pipeline(createReadStream(file), createGzip(), createWriteStream(unfinished, { mode: 0o600 }));
  renameSync(unfinished, `${file}.gz`);
  rmSync(file);
}
