import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { ApiError } from '@nestor/api';
import { KubernetesClient, pause } from '@nestor/client';
import { readKubeconfig, type Connection } from '@nestor/connection';
import { createKey, createRequest, digestedName, isUsableKey, lifeOf, writeKubeconfig, writeWhole } from '@nestor/pki';
import { createLogger } from '@nestor/telemetry';
import { CertificateStore } from './certificate-store';
import { clientSigner, clientTemplate, clientUsages } from './node-certificates';
import { requestCertificate } from './request-certificate';

const log = createLogger('bootstrap');
const retryMs = 2000;
/** As the kubelet's requestNodeCertificate. */
const waitMs = 3_600_000;

export interface BootstrapOptions {
  /** Written here: who the node is from now on. */
  kubeconfig: string;
  /** Who may ask for the node's certificate: a token, usually. */
  bootstrapKubeconfig: string;
  certDir: string;
  nodeName: string;
}

/** Where the kubelet's client certificate and key are kept. */
export const clientStore = (certDir: string): CertificateStore => new CertificateStore(certDir, 'kubelet-client');

/**
 * Gets a node that is no member yet its own client certificate and writes the kubeconfig that names it. Nothing is done
 * where there is a kubeconfig with a certificate that is still good. The key is kept until the certificate is there, so
 * that another attempt goes on with the same request.
 */
export async function bootstrapClient(options: BootstrapOptions): Promise<void> {
  if (isStillValid(options.kubeconfig)) return;
  if (!existsSync(options.bootstrapKubeconfig)) {
    throw new Error(
      `there is neither a good ${options.kubeconfig} nor a ${options.bootstrapKubeconfig} to get one with`,
    );
  }
  log.info({ kubeconfig: options.kubeconfig }, 'asking for a client certificate');
  const connection = readKubeconfig(options.bootstrapKubeconfig);
  const store = clientStore(options.certDir);
  const keyFile = join(options.certDir, 'kubelet-client.key.tmp');
  const keyPem = await keyIn(keyFile);
  const certificatePem = await request(connection, options.nodeName, keyPem);
  store.update({ certificatePem, keyPem });
  rmSync(keyFile, { force: true });
  writeNodeKubeconfig(options.kubeconfig, connection, store.currentPath);
}

export function isStillValid(kubeconfig: string): boolean {
  if (!existsSync(kubeconfig)) return false;
  try {
    const { cert } = readKubeconfig(kubeconfig);
    return cert !== undefined && lifeOf(cert).notAfter > Date.now();
  } catch (error) {
    log.warn({ kubeconfig, error: (error as Error).message }, 'the kubeconfig is of no use');
    return false;
  }
}

async function keyIn(file: string): Promise<string> {
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  if (isUsableKey(before)) return before;
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  const key = await createKey();
  writeWhole(file, key);
  return key;
}

/** A server that is away is waited for; one that refuses is believed. */
async function request(connection: Connection, nodeName: string, keyPem: string): Promise<string> {
  const template = clientTemplate(nodeName);
  const wish = {
    name: digestedName(keyPem, template, clientUsages),
    requestPem: await createRequest(template, keyPem),
    signerName: clientSigner,
    usages: clientUsages,
  };
  const client = new KubernetesClient({ connection, component: 'kubelet' });
  const signal = AbortSignal.timeout(waitMs);
  try {
    for (;;) {
      try {
        return await requestCertificate(client, wish, signal);
      } catch (error) {
        if (!isAway(error) || signal.aborted) throw error;
        log.warn({ server: connection.server, error: (error as Error).message }, 'no answer, trying again');
        await pause(retryMs, signal);
      }
    }
  } finally {
    client.close();
  }
}

const isAway = (error: unknown): boolean => error instanceof ApiError && (error.status.code ?? 500) >= 500;

/** The authority is taken over, the credentials are named: the kubelet's client follows them when they are rotated. */
function writeNodeKubeconfig(path: string, { server, ca }: Connection, pemFile: string): void {
  mkdirSync(dirname(resolve(path)), { recursive: true });
  writeKubeconfig(path, {
    server,
    caPem: ca ?? '',
    cluster: 'default-cluster',
    user: 'default-auth',
    certificateFile: pemFile,
    keyFile: pemFile,
  });
}
