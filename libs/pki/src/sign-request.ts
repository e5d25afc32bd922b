import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import type { Authority } from './authority';
import { importSigningKey, serialNumber } from './authority';

/** What a PKCS#10 request asks for, as a signer judges it. */
export interface RequestedCertificate {
  commonName: string;
  organizations: string[];
  dnsNames: string[];
  ipAddresses: string[];
  emailAddresses: string[];
  uris: string[];
}

export interface SigningTerms {
  /** Key usages in the words of certificates.k8s.io. */
  usages: readonly string[];
  notBefore: Date;
  notAfter: Date;
}

const subjectAlternativeName = '2.5.29.17';

function alternativesOf(request: x509.Pkcs10CertificateRequest): x509.JsonGeneralNames {
  const asked = request.extensions.find(({ type }) => type === subjectAlternativeName);
  return asked ? new x509.SubjectAlternativeNameExtension(asked.rawData).names.toJSON() : [];
}

export function readRequest(requestPem: string): RequestedCertificate {
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  const alternatives = alternativesOf(request);
  const named = (type: string): string[] => alternatives.filter((one) => one.type === type).map(({ value }) => value);
  return {
    commonName: request.subjectName.getField('CN')[0] ?? '',
    organizations: request.subjectName.getField('O'),
    dnsNames: named('dns'),
    ipAddresses: named('ip'),
    emailAddresses: named('email'),
    uris: named('url'),
  };
}

/** A certificate for the key, the subject and the alternative names of a request; nothing else of it counts. */
export async function signRequest(authority: Authority, requestPem: string, terms: SigningTerms): Promise<string> {
  const request = new x509.Pkcs10CertificateRequest(requestPem);
  const issuer = new x509.X509Certificate(authority.certificatePem);
  const alternatives = alternativesOf(request);
  const { signingKey, signingAlgorithm } = await importSigningKey(authority);
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNumber(),
    subject: request.subjectName.toJSON(),
    issuer: issuer.subject,
    notBefore: terms.notBefore,
    // A certificate that outlives its issuer is good for nothing.
    notAfter: terms.notAfter > issuer.notAfter ? issuer.notAfter : terms.notAfter,
    publicKey: request.publicKey,
    signingAlgorithm,
    signingKey,
    extensions: [
      ...usageExtensions(terms.usages),
      new x509.BasicConstraintsExtension(false, undefined, true),
      await x509.AuthorityKeyIdentifierExtension.create(issuer),
      ...(alternatives.length > 0 ? [new x509.SubjectAlternativeNameExtension(alternatives)] : []),
    ],
  });
  return `${certificate.toString('pem')}\n`;
}

const { KeyUsageFlags, ExtendedKeyUsage } = x509;
const flags: Readonly<Record<string, number>> = {
  signing: KeyUsageFlags.digitalSignature,
  'digital signature': KeyUsageFlags.digitalSignature,
  'content commitment': KeyUsageFlags.nonRepudiation,
  'key encipherment': KeyUsageFlags.keyEncipherment,
  'key agreement': KeyUsageFlags.keyAgreement,
  'data encipherment': KeyUsageFlags.dataEncipherment,
  'cert sign': KeyUsageFlags.keyCertSign,
  'crl sign': KeyUsageFlags.cRLSign,
  'encipher only': KeyUsageFlags.encipherOnly,
  'decipher only': KeyUsageFlags.decipherOnly,
};
const extended: Readonly<Record<string, string>> = {
  any: '2.5.29.37.0',
  'server auth': ExtendedKeyUsage.serverAuth,
  'client auth': ExtendedKeyUsage.clientAuth,
  'code signing': ExtendedKeyUsage.codeSigning,
  'email protection': ExtendedKeyUsage.emailProtection,
  's/mime': ExtendedKeyUsage.emailProtection,
  'ipsec end system': '1.3.6.1.5.5.7.3.5',
  'ipsec tunnel': '1.3.6.1.5.5.7.3.6',
  'ipsec user': '1.3.6.1.5.5.7.3.7',
  timestamping: ExtendedKeyUsage.timeStamping,
  'ocsp signing': ExtendedKeyUsage.ocspSigning,
  'microsoft sgc': '1.3.6.1.4.1.311.10.3.3',
  'netscape sgc': '2.16.840.1.113730.4.1',
};

function usageExtensions(usages: readonly string[]): x509.Extension[] {
  const bits = usages.reduce((all, usage) => all | (flags[usage] ?? 0), 0);
  const purposes = [...new Set(usages.flatMap((usage) => extended[usage] ?? []))];
  return [
    ...(bits ? [new x509.KeyUsagesExtension(bits, true)] : []),
    ...(purposes.length > 0 ? [new x509.ExtendedKeyUsageExtension(purposes)] : []),
  ];
}
