import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { join } from 'node:path';
import { createAuthority, issueCertificate, type Authority, type CertificateRequest } from './authority';
import { clusterIdentities, nodeIdentity, type Identity } from './identities';
import { kubeconfigText, writeKubeconfig } from './kubeconfig';
import { createServiceAccountKey } from './service-account-key';

export interface ClusterPkiSettings {
  directory: string;
  /** What the API server is reached as, besides the names every cluster has. */
  serverNames?: readonly string[];
}

export interface PemFiles {
  certificateFile: string;
  keyFile: string;
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

/** As who the API server speaks to the servers of aggregated APIs. */
export const frontProxyName = 'front-proxy-client';

/** Makes what is missing in a cluster's directory of certificates and leaves what is there. */
export async function createClusterPki(settings: ClusterPkiSettings): Promise<ClusterPki> {
  mkdirSync(settings.directory, { recursive: true, mode: 0o700 });
  const pki = await ClusterPki.open(settings.directory);
  await pki.server('apiserver', [...apiServerNames, ...(settings.serverNames ?? [])]);
  await pki.server('nats', ['localhost', '127.0.0.1', '::1', 'nats']);
  await pki.frontProxy();
  await Promise.all(Object.values(clusterIdentities).map((identity) => pki.client(identity)));
  return pki;
}

/** The files of a cluster's identities. A certificate is issued when it is first asked for. */
export class ClusterPki {
  private constructor(
    readonly directory: string,
    private readonly authority: Authority,
  ) {}

  static async open(directory: string): Promise<ClusterPki> {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const files = pemFiles(directory, 'ca');
    if (!existsSync(files.certificateFile)) {
      const { certificatePem, keyPem } = await createAuthority('nestor-ca');
      writePair(files, certificatePem, keyPem);
    }
    const serviceAccount = { key: join(directory, 'sa.key'), pub: join(directory, 'sa.pub') };
    if (!existsSync(serviceAccount.pub)) {
      const key = createServiceAccountKey();
      writeWhole(serviceAccount.key, key.privateKeyPem);
      writeWhole(serviceAccount.pub, key.publicKeyPem);
    }
    return new ClusterPki(directory, readPair(files));
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
    if (existsSync(files.certificateFile) && answersFor(files.certificateFile, names)) return files;
    return this.issue(files, { commonName: name, names, usage: 'server' });
  }

  async client(identity: Identity): Promise<PemFiles> {
    const files = pemFiles(this.directory, identity.file);
    if (existsSync(files.certificateFile)) return files;
    const { commonName, organizations } = identity;
    return this.issue(files, { commonName, organizations, usage: 'client' });
  }

  /**
   * What the API server proves itself with to the servers of aggregated APIs, from an authority of its own: whoever holds
   * it may speak for anybody there.
   */
  async frontProxy(): Promise<PemFiles & { caFile: string }> {
    const authority = pemFiles(this.directory, 'front-proxy-ca');
    if (!existsSync(authority.certificateFile)) {
      const { certificatePem, keyPem } = await createAuthority('front-proxy-ca');
      writePair(authority, certificatePem, keyPem);
    }
    const files = pemFiles(this.directory, frontProxyName);
    if (!existsSync(files.certificateFile)) {
      const request = { commonName: frontProxyName, usage: 'client' } as const;
      const { certificatePem, keyPem } = await issueCertificate(readPair(authority), request);
      writePair(files, certificatePem, keyPem);
    }
    return { ...files, caFile: authority.certificateFile };
  }

  /** A kubelet is a client of the API server and a server to it. */
  async kubelet(nodeName: string, names: readonly string[]): Promise<{ client: PemFiles; server: PemFiles }> {
    return {
      client: await this.client(nodeIdentity(nodeName)),
      server: await this.server(`kubelet-${nodeName}`, [nodeName, ...names]),
    };
  }

  async kubeconfig(identity: Identity, server: string): Promise<string> {
    return kubeconfigText(await this.kubeconfigSettings(identity, server));
  }

  async writeKubeconfig(path: string, identity: Identity, server: string): Promise<void> {
    writeKubeconfig(path, await this.kubeconfigSettings(identity, server));
  }

  private async kubeconfigSettings(identity: Identity, server: string) {
    const pair = readPair(await this.client(identity));
    return { server, caPem: this.authority.certificatePem, user: identity.commonName, ...pair };
  }

  private async issue(files: PemFiles, request: CertificateRequest): Promise<PemFiles> {
    const { certificatePem, keyPem } = await issueCertificate(this.authority, request);
    writePair(files, certificatePem, keyPem);
    return files;
  }
}

function pemFiles(directory: string, name: string): PemFiles {
  return { certificateFile: join(directory, `${name}.crt`), keyFile: join(directory, `${name}.key`) };
}

/** The key first: a certificate that is there always has its key. */
function writePair(files: PemFiles, certificatePem: string, keyPem: string): void {
  writeWhole(files.keyFile, keyPem);
  writeWhole(files.certificateFile, certificatePem);
}

function readPair(files: PemFiles): Authority {
  return {
    certificatePem: readFileSync(files.certificateFile, 'utf8'),
    keyPem: readFileSync(files.keyFile, 'utf8'),
  };
}

/** By renaming, so that a crash leaves no half of a file. */
function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.new`, content, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

function answersFor(certificateFile: string, names: readonly string[]): boolean {
  const certificate = new X509Certificate(readFileSync(certificateFile));
  return names.every((name) => Boolean(isIP(name) ? certificate.checkIP(name) : certificate.checkHost(name)));
}
