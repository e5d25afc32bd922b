import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';

export interface ImageImportOptions {
  /** containerd's socket. */
  address: string;
  /** A path, or the archive's bytes: OCI layout or `docker save` format, plain or gzipped. */
  archive: string | Buffer;
  /** containerd's namespace; Kubernetes images live in k8s.io. */
  namespace?: string;
  ctr?: string;
}

/**
 * Brings an image archive into containerd through its own command line tool (CRI has no call for it).
 * Returns the names that the images now have.
 */
export async function importImageArchive(options: ImageImportOptions): Promise<string[]> {
  const source = await openArchive(options.archive);
  const child = spawn(
    options.ctr ?? 'ctr',
    ['--address', options.address, '--namespace', options.namespace ?? 'k8s.io', 'images', 'import', '-'],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const exited = new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(new Error(`cannot run ctr (package containerd): ${error.message}`)));
    child.on('close', resolve);
  });
  // ctr's own message says more than the broken pipe it leaves behind, so the copy's failure is looked at second.
  const [code, copied] = await Promise.all([exited, pipeline(source, child.stdin).then(() => undefined, asError)]);
  if (code !== 0) throw new Error(`image import failed: ${stderr.trim() || `ctr ended with code ${code}`}`);
  if (copied) throw new Error(`image import failed: ${copied.message}`, { cause: copied });
  const names = [...stdout.matchAll(/^unpacking (\S+) \(/gm)].map((match) => match[1] ?? '');
  if (names.length === 0) throw new Error('image import failed: the archive holds no image for this platform');
  return names;
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

async function openArchive(archive: string | Buffer): Promise<Readable> {
  const raw = typeof archive === 'string' ? createReadStream(archive) : Readable.from([archive]);
  const first = await firstBytes(raw);
  if (first.length >= 2 && first[0] === 0x1f && first[1] === 0x8b) {
    const gunzip = createGunzip();
    raw.on('error', (error: Error) => gunzip.destroy(error));
    return raw.pipe(gunzip);
  }
  return raw;
}

function firstBytes(stream: Readable): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const chunk = stream.read() as Buffer | null;
      if (chunk === null) return;
      stream.off('readable', look);
      stream.unshift(chunk);
      resolve(chunk);
    };
    stream.on('readable', look);
    stream.once('end', () => resolve(Buffer.alloc(0)));
    stream.once('error', (error) => reject(new Error(`cannot read the image archive: ${error.message}`)));
  });
}
