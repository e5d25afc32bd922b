import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { KeyPair } from '@nestor/pki';

/**
 * Certificates and keys of one purpose in a folder, each pair in one file, and a link to that in use:
 * <prefix>-<time>.pem and <prefix>-current.pem, as the kubelet's file store has them.
 */
export class CertificateStore {
  private readonly directory: string;

  constructor(
    directory: string,
    private readonly prefix: string,
  ) {
    this.directory = resolve(directory);
    this.recover();
  }

  get currentPath(): string {
    return this.file('current');
  }

  /** Undefined where there is none yet. */
  current(): KeyPair | undefined {
    return existsSync(this.currentPath) ? split(readFileSync(this.currentPath, 'utf8'), this.currentPath) : undefined;
  }

  /** Makes a pair the current one. Throws, and leaves what was, where they do not belong together. */
  update({ certificatePem, keyPem }: KeyPair, now = new Date()): void {
    if (!new X509Certificate(certificatePem).checkPrivateKey(createPrivateKey(keyPem))) {
      throw new Error('the certificate is not for the key that it was requested with');
    }
    mkdirSync(this.directory, { recursive: true, mode: 0o755 });
    const path = this.file(now.toISOString().slice(0, 19).replace(/[T:]/g, '-'));
    writeFileSync(path, certificatePem + keyPem, { mode: 0o600 });
    this.link(path);
  }

  private link(path: string): void {
    if (lstatSync(this.currentPath, { throwIfNoEntry: false })?.isSymbolicLink() === false) {
      throw new Error(`expected "${this.currentPath}" to be a symlink but it is a file`);
    }
    const updated = this.file('updated');
    rmSync(updated, { force: true });
    symlinkSync(path, updated);
    renameSync(updated, this.currentPath);
  }

  /** A process that ended between making the new link and putting it in place. */
  private recover(): void {
    const updated = this.file('updated');
    if (existsSync(this.currentPath) || !existsSync(updated)) return;
    if (!lstatSync(updated).isSymbolicLink()) throw new Error(`expected "${updated}" to be a symlink but it is a file`);
    renameSync(updated, this.currentPath);
  }

  private file(qualifier: string): string {
    return join(this.directory, `${this.prefix}-${qualifier}.pem`);
  }
}

const block = (label: string): RegExp => new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----\\n?`, 'g');

function split(text: string, path: string): KeyPair {
  const certificatePem = text.match(block('CERTIFICATE'))?.join('') ?? '';
  const keyPem = text.match(block('(?:EC |RSA )?PRIVATE KEY'))?.[0] ?? '';
  if (!certificatePem || !keyPem) throw new Error(`${path} does not hold a certificate and its key`);
  return { certificatePem, keyPem };
}
