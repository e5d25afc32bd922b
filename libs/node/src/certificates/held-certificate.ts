import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { lifeOf, type CertificateLife, type KeyPair, type RequestTemplate } from '@nestor/pki';

/** A certificate in use, with what decides whether it still does. */
export interface HeldCertificate extends KeyPair, CertificateLife {}

export function hold(pair: KeyPair): HeldCertificate {
  return { ...pair, ...lifeOf(pair.certificatePem) };
}

/** What of the template a certificate lacks, in a word; extra names and organizations do no harm. */
export function lackOf(pair: KeyPair, template: RequestTemplate): string | undefined {
  const certificate = new X509Certificate(pair.certificatePem);
  const lines = certificate.subject.split('\n');
  const names = (template.dnsNames ?? []).filter((name) => !certificate.checkHost(name, { subject: 'never' }));
  const addresses = (template.ipAddresses ?? []).filter((address) => !isIP(address) || !certificate.checkIP(address));
  if (!lines.includes(`CN=${template.commonName}`)) return `common name ${template.commonName}`;
  if (names.length > 0) return `DNS names ${names.join(', ')}`;
  if (addresses.length > 0) return `IP addresses ${addresses.join(', ')}`;
  const organizations = template.organizations.filter((name) => !lines.includes(`O=${name}`));
  return organizations.length > 0 ? `organizations ${organizations.join(', ')}` : undefined;
}
