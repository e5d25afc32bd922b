import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isDueForRenewal, rotationDeadline } from './certificate-life';
import { clusterCertificates, renewCertificate } from './cluster-certificates';
import { createClusterPki, ClusterPki } from './cluster-pki';
import { clusterIdentities, nodeIdentity } from './identities';

const day = 24 * 3600 * 1000;

describe('the certificates of a cluster', () => {
  let directory: string;
  let pki: ClusterPki;
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'nestor-certificates-'));
    pki = await createClusterPki({ directory, serverNames: ['api.example', '10.1.2.3'] });
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const read = (name: string) => readFileSync(join(directory, `${name}.crt`), 'utf8');
  const certificate = (name: string) => new X509Certificate(read(name));

  it('are listed with who issued them and when they end: a year for each, ten for authorities', async () => {
    await pki.client(nodeIdentity('n1'));
    const all = clusterCertificates(directory);
    expect(all.map(({ name, authority, isAuthority }) => [name, authority, isAuthority])).toEqual([
      ['admin', 'ca', false],
      ['apiserver', 'ca', false],
      ['apiserver-kubelet-client', 'ca', false],
      ['ca', 'ca', true],
      ['controller-manager', 'ca', false],
      ['front-proxy-ca', 'front-proxy-ca', true],
      ['front-proxy-client', 'front-proxy-ca', false],
      ['kube-proxy', 'ca', false],
      ['nats', 'ca', false],
      ['node-n1', 'ca', false],
      ['postgres', 'postgres-ca', false],
      ['postgres-ca', 'postgres-ca', true],
      ['scheduler', 'ca', false],
      ['simulated-nodes', 'ca', false],
    ]);
    for (const { isAuthority, notAfter } of all) {
      expect(Math.round((notAfter - Date.now()) / day)).toBe(isAuthority ? 3650 : 365);
    }
  });

  it('are renewed with the same subject, names and usages, and another key', async () => {
    for (const name of ['apiserver', 'admin', 'front-proxy-client']) {
      const before = certificate(name);
      await renewCertificate(directory, name, 1000);
      const after = certificate(name);
      const facts = ({ subject, subjectAltName, issuer, keyUsage }: X509Certificate) => [
        subject,
        subjectAltName,
        issuer,
        keyUsage,
      ];
      expect(facts(after)).toEqual(facts(before));
      expect(after.publicKey.equals(before.publicKey)).toBe(false);
      expect(Date.parse(after.validTo) - Date.now()).toBeLessThanOrEqual(1_000_000);
    }
  });

  it('are renewed when most of their life is over, by themselves and when they are asked for', async () => {
    const authorities = ['ca', 'front-proxy-ca', 'postgres-ca'].map(read);
    expect(await pki.renewDue(Date.now() + 200 * day)).toEqual([]);
    const renewed = await pki.renewDue(Date.now() + 300 * day);
    expect(renewed).toContain('apiserver');
    expect(renewed).toContain('front-proxy-client');
    expect(renewed).toContain('postgres');
    expect(renewed).toHaveLength(10);
    expect(['ca', 'front-proxy-ca', 'postgres-ca'].map(read)).toEqual(authorities);

    await renewCertificate(directory, 'scheduler', 1);
    const before = read('scheduler');
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await pki.client(clusterIdentities.scheduler);
    expect(read('scheduler')).not.toBe(before);
  });

  it('are left to whoever has the key of their authority', async () => {
    rmSync(join(directory, 'ca.key'));
    const facts = clusterCertificates(directory).find(({ name }) => name === 'apiserver');
    expect(facts?.externallyManaged).toBe(true);
    expect(await pki.renewDue(Date.now() + 300 * day)).toEqual(['front-proxy-client', 'postgres']);
    await expect(renewCertificate(directory, 'apiserver')).rejects.toThrow('apiserver is externally managed');
    await expect(pki.client(nodeIdentity('new'))).rejects.toThrow('ca.key is not here to issue it');
  });

  it('are no authorities', async () => {
    await expect(renewCertificate(directory, 'ca')).rejects.toThrow('ca is an authority');
    await expect(renewCertificate(directory, 'nobody')).rejects.toThrow('there is no certificate nobody');
  });
});

describe('rotationDeadline', () => {
  it('lies between 70 and 90 per cent of the life', () => {
    const life = fc.tuple(fc.nat(1e9), fc.integer({ min: 1, max: 1e9 }));
    fc.assert(
      fc.property(life, fc.double({ min: 0, max: 1, noNaN: true }), ([notBefore, total], random) => {
        const deadline = rotationDeadline({ notBefore, notAfter: notBefore + total }, random);
        expect(deadline).toBeGreaterThanOrEqual(notBefore + total * 0.7 - 1e-3);
        expect(deadline).toBeLessThanOrEqual(notBefore + total * 0.9 + 1e-3);
      }),
    );
  });
  it.each([
    [79, false],
    [80, true],
  ])('at %i per cent a certificate is due: %s', (now, due) =>
    expect(isDueForRenewal({ notBefore: 0, notAfter: 100 }, now)).toBe(due),
  );
});
