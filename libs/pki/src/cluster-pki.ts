import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { dirname, join, relative } from 'node:path';
import { createAuthority, issueCertificate, type CertificateRequest } from './authority';
import { isDueForRenewal, lifeOf } from './certificate-life';
import { clusterCertificates, renewCertificate } from './cluster-certificates';
import { clusterIdentities, nodeIdentity, type Identity } from './identities';
import { kubeconfigText, writeKubeconfig } from './kubeconfig';
import { hasKey, pemFiles, readPair, writePair, writeWhole, type PemFiles } from './pem-files';
import { createServiceAccountKey } from './service-account-key';

export interface ClusterPkiSettings {
  directory: string;
  /** What the API server is reached as, besides the names every cluster has. */
  serverNames?: readonly string[];
  /** How long what is issued is good for; a year by default. */
  validSeconds?: number;
}

const apiServerNames = [
  'localhost',
  '127.0.0.1',
  '::1',
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  'kubernetes.default.svc.cluster.local',
  // The first address of the service range.
  '10.96.0.1',
];

/** The last is its Service, and its host in a stack of containers. */
const postgresNames = ['localhost', '127.0.0.1', '::1', 'postgres'];

/** As who the API server speaks to the servers of aggregated APIs. */
export const frontProxyName = 'front-proxy-client';

/** Makes what is missing in a cluster's directory of certificates, renews what is near its end, and leaves the rest. */
export async function createClusterPki(settings: ClusterPkiSettings): Promise<ClusterPki> {
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const pki = await ClusterPki.open(settings.directory, settings.validSeconds);
  await pki.server('apiserver', [...apiServerNames, ...(settings.serverNames ?? [])]);
  await pki.server('nats', ['localhost', '127.0.0.1', '::1', 'nats']);
  await pki.postgres();
  await pki.frontProxy();
  await Promise.all(Object.values(clusterIdentities).map((identity) => pki.client(identity)));
  return pki;
}

/** The files of a cluster's identities. A certificate is issued when it is first asked for. */
export class ClusterPki {
  private constructor(
    readonly directory: string,
    private readonly validSeconds: number | undefined,
  ) {}

  static async open(directory: string, validSeconds?: number): Promise<ClusterPki> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const files = pemFiles(directory, 'ca');
    if (!existsSync(files.certificateFile)) writePair(files, await createAuthority('nestor-ca'));
    const serviceAccount = { key: join(directory, 'sa.key'), pub: join(directory, 'sa.pub') };
    if (!existsSync(serviceAccount.pub)) {
      const key = createServiceAccountKey();
      writeWhole(serviceAccount.key, key.privateKeyPem);
      writeWhole(serviceAccount.pub, key.publicKeyPem);
    }
    return new ClusterPki(directory, validSeconds);
  }

  get caFile(): string {
    return join(this.directory, 'ca.crt');
  }

  get caKeyFile(): string {
    return join(this.directory, 'ca.key');
  }

  get serviceAccountKeyFile(): string {
    return join(this.directory, 'sa.key');
  }

  get serviceAccountPublicKeyFile(): string {
    return join(this.directory, 'sa.pub');
  }

  /** A server's certificate; issued again when it does not answer for one of the names. */
  async server(name: string, names: readonly string[]): Promise<PemFiles> {
    const files = pemFiles(this.directory, name);
    if (isGood(files) && answersFor(files.certificateFile, names)) return files;
    return this.issue(files, { commonName: name, names, usage: 'server' });
  }

  /** Issued again when it says another name or other groups, where the authority's key is here to do so. */
  async client(identity: Identity): Promise<PemFiles> {
    const { file, commonName, organizations } = identity;
    const files = pemFiles(this.directory, file);
    const mayStay = isGood(files) && (isOf(files.certificateFile, identity) || !hasKey(pemFiles(this.directory, 'ca')));
    return mayStay ? files : this.issue(files, { commonName, organizations, usage: 'client' });
  }

  /**
   * What the API server proves itself with to the servers of aggregated APIs, from an authority of its own: whoever holds
   * it may speak for anybody there.
   */
  frontProxy(): Promise<PemFiles & { caFile: string }> {
    return this.ofOwnAuthority('front-proxy-ca', { file: frontProxyName, commonName: frontProxyName, usage: 'client' });
  }

  /**
   * The database's, from an authority of its own: the cluster's signs serving certificates of kubelets, too, and none of
   * them is to pass for the store.
   */
  postgres(): Promise<PemFiles & { caFile: string }> {
    return this.ofOwnAuthority('postgres-ca', {
      file: 'postgres',
      commonName: 'postgres',
      names: postgresNames,
      usage: 'server',
    });
  }

  /** Renews what is near its end, and gives the names. What has another's authority is left to that. */
  async renewDue(now = Date.now()): Promise<string[]> {
    const due = clusterCertificates(this.directory).filter(
      (one) => !one.isAuthority && !one.externallyManaged && isDueForRenewal(one, now),
    );
    for (const { name } of due) await renewCertificate(this.directory, name, this.validSeconds);
    return due.map(({ name }) => name);
  }

  /** A kubelet is a client of the API server and a server to it. */
  async kubelet(nodeName: string, names: readonly string[]): Promise<{ client: PemFiles; server: PemFiles }> {
    return {
      client: await this.client(nodeIdentity(nodeName)),
      server: await this.server(`kubelet-${nodeName}`, [nodeName, ...names]),
    };
  }

  /** With the credentials inside: for whoever takes the file along. */
  async kubeconfig(identity: Identity, server: string): Promise<string> {
    return kubeconfigText({ ...this.kubeconfigSettings(identity, server), ...readPair(await this.client(identity)) });
  }

  async writeKubeconfig(path: string, identity: Identity, server: string): Promise<void> {
    writeWhole(path, await this.kubeconfig(identity, server));
  }

  /** With the names of the credentials' files, counted from the kubeconfig's own folder: for processes that follow them. */
  async writeFollowingKubeconfig(path: string, identity: Identity, server: string): Promise<void> {
    const { certificateFile, keyFile } = await this.client(identity);
    const seen = (file: string): string => relative(dirname(path), file);
    const files = { certificateFile: seen(certificateFile), keyFile: seen(keyFile) };
    writeKubeconfig(path, { ...this.kubeconfigSettings(identity, server), ...files });
  }

  private async ofOwnAuthority(
    authorityName: string,
    { file, ...request }: CertificateRequest & { file: string },
  ): Promise<PemFiles & { caFile: string }> {
    const authority = pemFiles(this.directory, authorityName);
    if (!existsSync(authority.certificateFile)) writePair(authority, await createAuthority(authorityName));
    const files = pemFiles(this.directory, file);
    if (!isGood(files)) await this.issue(files, request, authority);
    return { ...files, caFile: authority.certificateFile };
  }

  private kubeconfigSettings({ commonName }: Identity, server: string) {
    return { server, caPem: readFileSync(this.caFile, 'utf8'), user: commonName };
  }

  private async issue(
    files: PemFiles,
    request: CertificateRequest,
    authority = pemFiles(this.directory, 'ca'),
  ): Promise<PemFiles> {
    if (!hasKey(authority)) {
      throw new Error(
        `${files.certificateFile} is missing or near its end, and ${authority.keyFile} is not here to issue it`,
      );
    }
    writePair(files, await issueCertificate(readPair(authority), { validSeconds: this.validSeconds, ...request }));
    return files;
  }
}

/** Is there, with enough of its life left. */
function isGood({ certificateFile }: PemFiles): boolean {
  return existsSync(certificateFile) && !isDueForRenewal(lifeOf(readFileSync(certificateFile, 'utf8')), Date.now());
}

function isOf(certificateFile: string, { commonName, organizations }: Identity): boolean {
  const { subject } = new X509Certificate(readFileSync(certificateFile)).toLegacyObject();
  const groups = ([] as string[]).concat(subject.O ?? []);
  return subject.CN === commonName && groups.join('\n') === organizations.join('\n');
}

function answersFor(certificateFile: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(readFileSync(certificateFile));
  return names.every((name) => Boolean(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)));
}
