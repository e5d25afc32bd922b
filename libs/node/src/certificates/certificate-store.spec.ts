import { mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority, createSelfSigned, type KeyPair } from '@nestor/pki';
import { CertificateStore } from './certificate-store';

describe('CertificateStore', () => {
  let directory: string;
  let [first, second]: KeyPair[] = [];
  beforeAll(async () => ([first, second] = [await createSelfSigned('a'), await createAuthority('b')]));
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'store-'))));
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const open = () => new CertificateStore(directory, 'kubelet-client');

  it('keeps each pair in a file that only its owner reads, and links to that in use', () => {
    const store = open();
    expect(store.current()).toBeUndefined();
    store.update(first!, new Date('2026-01-02T03:04:05Z'));
    expect(store.current()).toEqual(first);
    store.update(second!, new Date('2026-02-02T03:04:05Z'));
    expect(open().current()).toEqual(second);
    expect(readdirSync(directory).sort()).toEqual([
      'kubelet-client-2026-01-02-03-04-05.pem',
      'kubelet-client-2026-02-02-03-04-05.pem',
      'kubelet-client-current.pem',
    ]);
    expect(readlinkSync(store.currentPath)).toBe(join(directory, 'kubelet-client-2026-02-02-03-04-05.pem'));
    expect(statSync(store.currentPath).mode & 0o777).toBe(0o600);
  });

  it('does not take a certificate with the key of another', () => {
    const store = open();
    store.update(first!);
    expect(() => store.update({ ...second!, keyPem: first!.keyPem })).toThrow('not for the key');
    expect(store.current()).toEqual(first);
  });

  it('finishes what a crash interrupted, and does not replace a file that is no link', () => {
    const store = open();
    store.update(first!);
    renameSync(store.currentPath, join(directory, 'kubelet-client-updated.pem'));
    expect(open().current()).toEqual(first);
    rmSync(store.currentPath);
    writeFileSync(store.currentPath, 'mine');
    expect(() => store.update(second!)).toThrow('to be a symlink but it is a file');
    expect(() => store.current()).toThrow('does not hold a certificate and its key');
  });
});
