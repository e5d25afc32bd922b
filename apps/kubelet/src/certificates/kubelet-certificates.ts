import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import type { DeepReadonly, Node } from '@nestor/api';
import type { KubernetesClient } from '@nestor/client';
import { followFiles } from '@nestor/config';
import {
  CertificateManager,
  CertificateStore,
  clientSigner,
  clientStore,
  clientTemplate,
  clientUsages,
  servingSigner,
  servingTemplate,
  servingUsages,
} from '@nestor/node';
import { createSelfSigned, lifeOf, writePair, type CertificateLife, type PemFiles } from '@nestor/pki';
import { createLogger } from '@nestor/telemetry';
import type { KubeletConfig } from '../kubelet.config';
import { observeClientCertificate, observeServingCertificate } from './certificate-metrics';
import { certDirectory } from './certificates.config';

const log = createLogger('certificates');

/** What the kubelet API is served with; without a certificate every handshake fails, until there is one. */
export interface ServingTls {
  /** Who signs clients; without it no client is asked for a certificate. */
  ca?: string;
  cert?: string;
  key?: string;
}

export interface KubeletCertificatesOptions {
  config: KubeletConfig;
  client: KubernetesClient;
  /** As the node's status has them. */
  addresses: () => NonNullable<NonNullable<DeepReadonly<Node>['status']>['addresses']>;
}

/** The certificates of this kubelet: renewed by itself where it is told so, else followed as others renew their files. */
export class KubeletCertificates {
  private readonly managers: CertificateManager[] = [];
  private readonly unfollow: (() => void)[] = [];
  private listener: ((tls: ServingTls) => void) | undefined;
  private serving: ServingTls;

  private constructor(
    private readonly options: KubeletCertificatesOptions,
    files: PemFiles | undefined,
  ) {
    const { clientCaFile } = options.config;
    this.serving = clientCaFile ? { ca: readFileSync(clientCaFile, 'utf8') } : {};
    if (clientCaFile) this.follow({ ca: clientCaFile });
    if (files) {
      const { certificateFile: cert, keyFile: key } = files;
      Object.assign(this.serving, { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') });
      this.follow({ cert, key });
      observeServingCertificate(() => lifeIn(this.serving.cert));
    } else this.manageServing();
    if (options.config.rotateCertificates) this.manageClient();
    else observeClientCertificate(() => lifeIn(currentCertificate(options.client)));
  }

  static async open(options: KubeletCertificatesOptions): Promise<KubeletCertificates> {
    const files = options.config.serverTLSBootstrap ? undefined : await servingFiles(options.config);
    return new KubeletCertificates(options, files);
  }

  get tls(): ServingTls {
    return this.serving;
  }

  /** Called when what the API is to be served with has changed. */
  onServingChange(listener: (tls: ServingTls) => void): void {
    this.listener = listener;
  }

  start(): void {
    for (const manager of this.managers) manager.start();
  }

  async stop(): Promise<void> {
    for (const end of this.unfollow) end();
    await Promise.all(this.managers.map((manager) => manager.stop()));
  }

  private manageClient(): void {
    const { config, client } = this.options;
    const manager: CertificateManager = new CertificateManager({
      name: 'kubelet-client',
      signerName: clientSigner,
      usages: clientUsages,
      template: () => clientTemplate(config.nodeName),
      store: clientStore(certDirectory(config)),
      client: () => client,
      ...observeClientCertificate(() => manager.current),
    });
    this.managers.push(manager);
  }

  private manageServing(): void {
    const { config, client, addresses } = this.options;
    const observer = observeServingCertificate(() => manager.current);
    const manager: CertificateManager = new CertificateManager({
      name: 'kubelet-serving',
      signerName: servingSigner,
      usages: servingUsages,
      template: () => servingTemplate(config.nodeName, addresses()),
      store: new CertificateStore(certDirectory(config), 'kubelet-server'),
      client: () => client,
      failed: observer.failed,
      rotated: ({ certificatePem: cert, keyPem: key }, previous) => {
        if (previous) observer.rotated(previous);
        this.serve({ cert, key });
      },
    });
    const { certificatePem: cert, keyPem: key } = manager.current ?? {};
    Object.assign(this.serving, { cert, key });
    this.managers.push(manager);
  }

  private follow(paths: Partial<Record<keyof ServingTls, string>>): void {
    const files = Object.values(paths);
    const end = followFiles({
      paths: paths as Record<keyof ServingTls, string>,
      changed: (contents) => {
        // Throws where certificate and key do not belong together.
        createSecureContext({ ...this.serving, ...contents });
        this.serve(contents);
        log.info({ files }, 'serving with what was renewed');
      },
      failed: (error) => log.warn({ files, error: error.message }, 'serving as before'),
    });
    this.unfollow.push(end);
  }

  private serve(change: Partial<ServingTls>): void {
    const serving = { ...this.serving, ...change };
    this.listener?.(serving);
    this.serving = serving;
  }
}

function lifeIn(certificatePem: string | undefined): CertificateLife | undefined {
  return certificatePem ? lifeOf(certificatePem) : undefined;
}

function currentCertificate({ connection: { files, cert } }: KubernetesClient): string | undefined {
  return files?.cert ? readFileSync(files.cert, 'utf8') : cert;
}

/** Those of the configuration, else ones that the kubelet makes for itself, which nobody can verify. */
async function servingFiles(config: KubeletConfig): Promise<PemFiles> {
  const { tlsCertFile, tlsPrivateKeyFile } = config;
  if (tlsCertFile && tlsPrivateKeyFile) return { certificateFile: tlsCertFile, keyFile: tlsPrivateKeyFile };
  const directory = certDirectory(config);
  const files = { certificateFile: join(directory, 'kubelet.crt'), keyFile: join(directory, 'kubelet.key') };
  if (!existsSync(files.certificateFile) || lifeOf(readFileSync(files.certificateFile, 'utf8')).notAfter < Date.now()) {
    writePair(files, await createSelfSigned(config.nodeName, config.nodeIp ? [config.nodeIp] : []));
    log.info({ file: files.certificateFile }, 'using a self-signed certificate');
  }
  return files;
}
