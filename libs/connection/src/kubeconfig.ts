import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parse } from 'yaml';

/** Where the API server is and who we are to it. */
export interface Connection {
  /** https://host:port, without a trailing slash. */
  server: string;
  ca?: string;
  cert?: string;
  key?: string;
  /** Where these three came from, as far as they came from files: who rotates them writes there. */
  files?: CredentialFiles;
  /** Read anew for each request, so that a rotated service account token is picked up. */
  token?: () => string | undefined;
  insecure?: boolean;
  serverName?: string;
  namespace: string;
}

export interface CredentialFiles {
  ca?: string;
  cert?: string;
  key?: string;
}

interface Named<Key extends string, Value> {
  name: string;
  entry: Record<Key, Value>;
}
type Section = Record<string, unknown>;

const inClusterRoot = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The file that kubectl would use: the given one, $KUBECONFIG, ~/.kube/config, else the pod's service account. */
export function loadConnection(file?: string, env: NodeJS.ProcessEnv = process.env): Connection {
  const path = file || env['KUBECONFIG']?.split(':').find((candidate) => existsSync(candidate));
  if (path) return readKubeconfig(path);
  const home = join(homedir(), '.kube', 'config');
  if (existsSync(home)) return readKubeconfig(home);
  if (env['KUBERNETES_SERVICE_HOST'] && existsSync(join(inClusterRoot, 'token'))) return inCluster(env);
  throw new Error('no kubeconfig found: give --kubeconfig FILE, set KUBECONFIG, or run inside a pod');
}

export function readKubeconfig(path: string, contextName?: string): Connection {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new Error(`kubeconfig ${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  return parseKubeconfig(text, { directory: dirname(resolve(path)), source: path, contextName });
}

/** Parses the text of a kubeconfig; relative file names count from `directory`, as clientcmd does. */
export function parseKubeconfig(
  text: string,
  options: { directory: string; source?: string; contextName?: string },
): Connection {
  const source = options.source ?? 'kubeconfig';
  const config = (parse(text) ?? {}) as Section;
  const contextName = options.contextName ?? String(config['current-context'] ?? '');
  const context = named(config, 'contexts', 'context', contextName, source);
  const cluster = named(config, 'clusters', 'cluster', String(context['cluster'] ?? ''), source);
  const user = context['user'] ? named(config, 'users', 'user', String(context['user']), source) : {};
  if (typeof cluster['server'] !== 'string')
    throw new Error(`${source}: the cluster of "${contextName}" has no server`);
  if (user['exec'] || user['auth-provider'])
    throw new Error(`${source}: exec and auth-provider credentials are not supported, use a certificate or a token`);
  const ca = inlineOrFile(cluster, 'certificate-authority', options.directory);
  const cert = inlineOrFile(user, 'client-certificate', options.directory);
  const key = inlineOrFile(user, 'client-key', options.directory);
  return {
    server: cluster['server'].replace(/\/+$/, ''),
    ca: ca.text,
    cert: cert.text,
    key: key.text,
    files: { ca: ca.file, cert: cert.file, key: key.file },
    token: tokenSource(user, options.directory),
    insecure: cluster['insecure-skip-tls-verify'] === true,
    serverName: cluster['tls-server-name'] as string | undefined,
    namespace: String(context['namespace'] ?? 'default'),
  };
}

function named(config: Section, list: string, key: string, name: string, source: string): Section {
  const entries = (config[list] ?? []) as Named<string, Section>['entry'][];
  const found = entries.find((entry) => (entry as { name?: unknown })['name'] === name);
  if (!found) throw new Error(`${source}: ${list} has no entry named "${name}"`);
  return found[key] ?? {};
}

function inlineOrFile(section: Section, key: string, directory: string): { text?: string; file?: string } {
  const data = section[`${key}-data`];
  if (typeof data === 'string' && data) return { text: Buffer.from(data, 'base64').toString('utf8') };
  const name = section[key];
  if (typeof name !== 'string' || !name) return {};
  const file = resolve(directory, name);
  return { text: readFileSync(file, 'utf8'), file };
}

function tokenSource(user: Section, directory: string): (() => string | undefined) | undefined {
  const { token, tokenFile } = user;
  if (typeof token === 'string' && token) return () => token;
  return typeof tokenFile === 'string' && tokenFile ? fileToken(resolve(directory, tokenFile)) : undefined;
}

/** The file is read at most every ten seconds: a request must not cost a system call for a token that changes hourly. */
function fileToken(path: string): () => string {
  let value = '';
  let readAt = -Infinity;
  return () => {
    if (Date.now() - readAt > 10_000) {
      value = readFileSync(path, 'utf8').trim();
      readAt = Date.now();
    }
    return value;
  };
}

function inCluster(env: NodeJS.ProcessEnv): Connection {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
  const bracketed = host.includes(':') ? `[${host}]` : host;
  const ca = join(inClusterRoot, 'ca.crt');
  return {
    server: `https://${bracketed}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    ca: readFileSync(ca, 'utf8'),
    files: { ca },
    token: fileToken(join(inClusterRoot, 'token')),
    namespace: readFileSync(join(inClusterRoot, 'namespace'), 'utf8').trim(),
  };
}
