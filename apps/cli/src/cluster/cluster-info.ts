import { parse } from 'yaml';

/** What a machine has to know of a cluster before it is part of it. */
export interface ClusterInfo {
  server: string;
  caPem: string;
}

/** A kubeconfig without users or contexts, as kubeadm publishes it. */
export function clusterInfoText({ server, caPem }: ClusterInfo): string {
  return [
    'apiVersion: v1',
    'clusters:',
    '- cluster:',
    `    certificate-authority-data: ${Buffer.from(caPem).toString('base64')}`,
    `    server: ${server}`,
    '  name: ""',
    'contexts: null',
    'current-context: ""',
    'kind: Config',
    'preferences: {}',
    'users: null',
    '',
  ].join('\n');
}

export function parseClusterInfo(text: string): ClusterInfo {
  const malformed = (why: string, cause?: unknown): Error =>
    new Error(`malformed kubeconfig in the cluster-info ConfigMap: ${why}`, { cause });
  let document: { clusters?: { cluster?: Record<string, unknown> }[] } | null;
  try {
    document = parse(text) as typeof document;
  } catch (cause) {
    throw malformed((cause as Error).message, cause);
  }
  const cluster = document?.clusters?.[0]?.cluster;
  const server = cluster?.['server'];
  const ca = cluster?.['certificate-authority-data'];
  if (typeof server !== 'string' || !URL.canParse(server)) throw malformed('it names no server');
  if (typeof ca !== 'string' || !ca) throw malformed('it has no certificate authority');
  return { server, caPem: Buffer.from(ca, 'base64').toString('utf8') };
}
