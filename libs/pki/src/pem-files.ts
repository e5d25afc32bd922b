import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { KeyPair } from './authority';

export interface PemFiles {
  certificateFile: string;
  keyFile: string;
}

export function pemFiles(directory: string, name: string): PemFiles {
  return { certificateFile: join(directory, `${name}.crt`), keyFile: join(directory, `${name}.key`) };
}

/** The key first: a certificate that is there always has its key. */
export function writePair(files: PemFiles, { certificatePem, keyPem }: KeyPair): void {
  writeWhole(files.keyFile, keyPem);
  writeWhole(files.certificateFile, certificatePem);
}

export function readPair(files: PemFiles): KeyPair {
  return {
    certificatePem: readFileSync(files.certificateFile, 'utf8'),
    keyPem: readFileSync(files.keyFile, 'utf8'),
  };
}

/** An authority without its key is somebody else's to issue with. */
export function hasKey(files: PemFiles): boolean {
  return existsSync(files.keyFile);
}

/** By renaming, so that a crash leaves no half of a file and who follows it sees the whole. */
export function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
