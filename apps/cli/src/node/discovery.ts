import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from '@nestor/api';
import { KubernetesClient, refs } from '@nestor/client';
import type { Connection } from '@nestor/connection';
import type { BootstrapToken } from '@nestor/formats';
import { authorityHash, isSignedBy, parseAuthorityHash, parseBootstrapToken, signaturePrefix } from '@nestor/pki';
import { parseClusterInfo, type ClusterInfo } from '../cluster/cluster-info';

export interface DiscoverySettings {
  /** host:port of the API server. */
  endpoint: string;
  token: string;
  /** Of the cluster's authority, any of which will do. */
  hashes: readonly string[];
  /** Trust whoever knows the token's secret, whatever the authority. */
  skipVerification: boolean;
  /** For the server to answer and the token to be known there. */
  timeoutMs: number;
}

const retryMs = 1000;
const newToken = 'make a new one there with: nestor token create --print-join-command';

/**
 * Learns a cluster's authority over a connection that proves nothing yet (kubeadm's token discovery): what the server says
 * is signed with the token, the authority has the hash that was given, and a second connection holds to that authority.
 */
export async function discoverCluster(settings: DiscoverySettings): Promise<ClusterInfo> {
  const { endpoint, skipVerification } = settings;
  const hashes = settings.hashes.map(parseAuthorityHash);
  const token = parseBootstrapToken(settings.token);
  if (hashes.length === 0 && !skipVerification) {
    throw new Error(
      'using token-based discovery without --discovery-token-ca-cert-hash can be unsafe; pass --discovery-token-unsafe-skip-ca-verification to continue all the same',
    );
  }
  const server = `https://${endpoint}`;
  const text = await signedInfo({ server, insecure: true, namespace: '' }, token, settings.timeoutMs);
  const info = parseClusterInfo(text);
  if (hashes.length === 0) return info;
  const hash = authorityHash(info.caPem);
  if (!hashes.includes(hash)) {
    throw new Error(
      `the cluster CA found in the cluster-info ConfigMap is invalid: none of the public keys "${hash}" are pinned; is this the right cluster, and the whole hash?`,
    );
  }
  const again = await signedInfo({ server, ca: info.caPem, namespace: '' }, token, settings.timeoutMs);
  if (again !== text) {
    throw new Error(
      'the second kubeconfig from the cluster-info ConfigMap (using validated TLS) was different from the first',
    );
  }
  return info;
}

/** The kubeconfig in cluster-info, once the token's signature of it is there and good. */
async function signedInfo(connection: Connection, token: BootstrapToken, timeoutMs: number): Promise<string> {
  const client = new KubernetesClient({ connection, component: 'cli' });
  try {
    const data = await untilSigned(client, token, timeoutMs);
    const text = data['kubeconfig'];
    const signature = data[signaturePrefix + token.id];
    if (!text)
      throw new Error(`${connection.server} isn't set up for token bootstrapping: cluster-info has no kubeconfig`);
    if (!signature) {
      throw new Error(`token id "${token.id}" is invalid for this cluster or it has expired; ${newToken}`);
    }
    if (isSignedBy(token, text, signature)) return text;
    throw new Error(
      "failed to verify the JWS signature of the received cluster info object, can't trust this API server: is the token right?",
    );
  } finally {
    client.close();
  }
}

/** A token that was made just now is signed with a moment later. */
async function untilSigned(
  client: KubernetesClient,
  token: BootstrapToken,
  timeoutMs: number,
): Promise<Record<string, string>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const isLast = Date.now() + retryMs > deadline;
    try {
      const { data = {} } = await client.resource(refs.configMaps).get('cluster-info', 'kube-public');
      if (isLast || (data['kubeconfig'] && data[signaturePrefix + token.id])) return data;
    } catch (error) {
      if (isLast || !isPassing(error)) throw explained(error, client.connection.server);
    }
    await sleep(retryMs);
  }
}

/** Not one that says no, and not one whose certificate is another's. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return true;
  const { code = '' } = (error.cause ?? {}) as NodeJS.ErrnoException;
  if (/^ERR_TLS|CERT|SIGNATURE/.test(code)) return false;
  return error.code >= 500 || error.code === 404 || error.code === 429;
}

function explained(error: unknown, server: string): Error {
  const { message } = error as Error;
  const isRefused = error instanceof ApiError && (error.code === 401 || error.code === 403);
  const what = isRefused
    ? `${server} does not show cluster-info to callers without credentials`
    : 'failed to request the cluster-info ConfigMap';
  return new Error(`${what}: ${message}`, { cause: error });
}
