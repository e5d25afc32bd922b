import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import * as x509 from '@peculiar/x509';
import { issueCertificate, type CertificateRequest } from './authority';
import { lifeOf, type CertificateLife } from './certificate-life';
import { hasKey, pemFiles, readPair, writePair } from './pem-files';

/** One certificate in a cluster's folder. */
export interface ClusterCertificate extends CertificateLife {
  /** Its short name, which is that of its files. */
  name: string;
  isAuthority: boolean;
  /** The short name of who issued it; its own for an authority, empty for one that is not in the folder. */
  authority: string;
  /** The authority's key is kept elsewhere. */
  externallyManaged: boolean;
}

/** Everything with a certificate in the folder, by name. */
export function clusterCertificates(directory: string): ClusterCertificate[] {
  const names = readdirSync(directory).flatMap((file) => /^(.+)\.crt$/.exec(file)?.[1] ?? []);
  const read = names
    .sort()
    .map((name) => ({ name, pem: readFileSync(pemFiles(directory, name).certificateFile, 'utf8') }));
  const all = read.map(({ name, pem }) => ({ name, pem, certificate: new X509Certificate(pem) }));
  const authorities = all.filter(({ certificate }) => certificate.ca);
  return all.map(({ name, pem, certificate }) => {
    const issuer = authorities.find((one) => certificate.verify(one.certificate.publicKey));
    const externallyManaged = !issuer || !hasKey(pemFiles(directory, issuer.name));
    return { name, isAuthority: certificate.ca, authority: issuer?.name ?? '', externallyManaged, ...lifeOf(pem) };
  });
}

/** Issues a certificate of the folder anew: same subject, names and usages, another key. */
export async function renewCertificate(directory: string, name: string, validSeconds?: number): Promise<void> {
  const files = pemFiles(directory, name);
  if (!existsSync(files.certificateFile)) throw new Error(`there is no certificate ${name} in ${directory}`);
  const { isAuthority, authority, externallyManaged } = clusterCertificates(directory).find(
    (one) => one.name === name,
  )!;
  if (isAuthority) throw new Error(`${name} is an authority: a new one would end the trust in all that it has issued`);
  if (externallyManaged) throw new Error(`${name} is externally managed: the key of its authority is not here`);
  const request = requestOf(readFileSync(files.certificateFile, 'utf8'));
  writePair(files, await issueCertificate(readPair(pemFiles(directory, authority)), { ...request, validSeconds }));
}

/** What has to be asked for to get the same certificate again. */
function requestOf(certificatePem: string): CertificateRequest {
  const certificate = new x509.X509Certificate(certificatePem);
  const usages = certificate.getExtension(x509.ExtendedKeyUsageExtension)?.usages ?? [];
  const names = certificate.getExtension(x509.SubjectAlternativeNameExtension)?.names.toJSON() ?? [];
  const isServer = usages.includes(x509.ExtendedKeyUsage.serverAuth);
  const isClient = usages.includes(x509.ExtendedKeyUsage.clientAuth);
  return {
    commonName: certificate.subjectName.getField('CN')[0] ?? '',
    organizations: certificate.subjectName.getField('O'),
    names: names.map(({ value }) => value),
    usage: isServer && isClient ? 'both' : isServer ? 'server' : 'client',
  };
}
