import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromPublic, fromSeed } from '@nats-io/nkeys';
import fc from 'fast-check';
import { BusIssuer } from './bus-issuer';
import { ensureBusTrust } from './bus-trust';
import { readClaims, signClaims } from './claims';
import { natsServerConfig } from './nats-server-config';
import { createNkey, isPublicKey, NkeySigner, verifySignature } from './nkey';

describe('keys of the bus', () => {
  it('sign what NATS’ own library verifies, and the other way round', () => {
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.constantFrom('operator' as const, 'account' as const, 'user' as const),
        (data, kind) => {
          const { publicKey, seed } = createNkey(kind);
          const signature = new NkeySigner(seed).sign(data);
          expect(fromPublic(publicKey).verify(data, signature)).toBe(true);
          expect(verifySignature(publicKey, data, fromSeed(Buffer.from(seed)).sign(data))).toBe(true);
          expect(verifySignature(publicKey, Buffer.from([...data, 1]), signature)).toBe(false);
        },
      ),
      { numRuns: 10 },
    );
  });

  it('are told from other texts', () => {
    const { publicKey } = createNkey('user');
    expect(isPublicKey('user', publicKey)).toBe(true);
    expect(isPublicKey('account', publicKey)).toBe(false);
    const other = publicKey.endsWith('A') ? 'B' : 'A';
    expect(isPublicKey('user', publicKey.slice(0, -1) + other)).toBe(false);
    for (const text of ['', 'U', 'user', publicKey.toLowerCase(), `${publicKey}A`, createNkey('user').seed]) {
      expect(isPublicKey('user', text)).toBe(false);
    }
  });
});

describe('tokens', () => {
  const signer = new NkeySigner(createNkey('account').seed);
  const token = signClaims(signer, { name: 'x', sub: 'Y', nats: { type: 'user', version: 2 } });

  it('are read as they were signed', () => {
    expect(readClaims(token)).toMatchObject({ iss: signer.publicKey, sub: 'Y', name: 'x', nats: { type: 'user' } });
  });

  it('are not believed when anything of them is another', () => {
    const [head = '', body = '', signature = ''] = token.split('.');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const another = createNkey('account').publicKey;
    for (const forged of [
      '',
      'a.b.c',
      `${head}.${body}.`,
      `${token}.${signature}`,
      `${head}.${encode({ ...claims, sub: 'Z' })}.${signature}`,
      `${head}.${encode({ ...claims, iss: another })}.${signature}`,
      `${head}.${encode({ ...claims, iss: 'nobody' })}.${signature}`,
      `${encode({ typ: 'JWT', alg: 'none' })}.${body}.`,
    ]) {
      expect(readClaims(forged)).toBeUndefined();
    }
  });
});

describe('the trust of a cluster', () => {
  let directory: string;
  beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'nestor-trust-'))));
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is made once, for its owner to read only', () => {
    const first = ensureBusTrust(directory);
    const issuer = readFileSync(first.issuerFile, 'utf8');
    expect(ensureBusTrust(directory)).toEqual(first);
    expect(readFileSync(first.issuerFile, 'utf8')).toBe(issuer);
    for (const file of readdirSync(directory)) expect(statSync(join(directory, file)).mode & 0o077).toBe(0);
  });

  it('tells servers nothing that is secret', () => {
    const { trust } = ensureBusTrust(directory);
    const tls = { certificateFile: '/pki/nats.crt', keyFile: '/pki/nats.key' };
    const text = natsServerConfig({ port: 4222, tls, trust, claimsDirectory: '/claims' });
    const secrets = /\bS[OAU][A-Z2-7]{56}\b/;
    expect(readFileSync(join(directory, 'bus-issuer.json'), 'utf8')).toMatch(secrets);
    expect(text).not.toMatch(secrets);
    expect(text).not.toMatch(/no_auth_user|verify: *false/);
  });

  it('lets users without subjects do nothing, rather than everything', () => {
    const issuer = BusIssuer.read(ensureBusTrust(directory).issuerFile);
    const permissions = { publish: [], subscribe: [] };
    const { publicKey } = createNkey('user');
    const claims = readClaims(issuer.signUser({ name: 'x', publicKey, permissions, expires: 1_500 }));
    expect(claims).toMatchObject({ exp: 2, nats: { pub: { deny: ['>'] }, sub: { deny: ['>'] } } });
  });

  it('says which file does not hold what it should', () => {
    const file = join(directory, 'issuer.json');
    writeFileSync(file, '{"operatorSeed":"SO"}');
    expect(() => BusIssuer.read(file)).toThrow(`${file} does not hold the keys of a bus`);
    expect(() => BusIssuer.read(join(directory, 'none'))).toThrow('none does not hold the keys of a bus');
  });
});
