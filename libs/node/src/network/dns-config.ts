import { existsSync, readFileSync } from 'node:fs';
import type { DeepReadonly, Pod } from '@nestor/api';
import type { PodSandboxConfig } from '@nestor/cri';

type Dns = NonNullable<PodSandboxConfig['dnsConfig']>;

export interface ClusterDns {
  /** Addresses of the cluster's DNS service; empty when there is none. */
  servers: readonly string[];
  domain: string;
}

export function parseResolvConf(text: string): Dns {
  const dns: Dns = { servers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [keyword, ...values] = line.trim().split(/\s+/);
    if (keyword === 'nameserver' && values[0]) dns.servers.push(values[0]);
    else if (keyword === 'search') dns.searches = values;
    else if (keyword === 'options') dns.options = values;
  }
  return dns;
}

export function hostDns(file = '/etc/resolv.conf'): Dns {
  return existsSync(file) ? parseResolvConf(readFileSync(file, 'utf8')) : { servers: [], searches: [], options: [] };
}

/** kubelet's Configurer.GetPodDNS. Without a cluster DNS, ClusterFirst falls back to the host's resolvers. */
export function podDns(pod: DeepReadonly<Pod>, cluster: ClusterDns, host: Dns): Dns {
  const policy = pod.spec?.dnsPolicy ?? 'ClusterFirst';
  const clusterFirst = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec?.hostNetwork);
  let base: Dns = host;
  if (policy === 'None') base = { servers: [], searches: [], options: [] };
  else if (clusterFirst && cluster.servers.length) {
    const { namespace } = pod.metadata;
    const searches = [`${namespace}.svc.${cluster.domain}`, `svc.${cluster.domain}`, cluster.domain];
    base = { servers: [...cluster.servers], searches: [...searches, ...host.searches], options: ['ndots:5'] };
  }
  const own = pod.spec?.dnsConfig;
  const options = own?.options?.map(({ name, value }) => (value ? `${name}:${value}` : (name ?? ''))) ?? [];
  const optionNames = new Set(options.map((option) => option.split(':')[0]));
  return {
    servers: unique([...base.servers, ...(own?.nameservers ?? [])]),
    searches: unique([...base.searches, ...(own?.searches ?? [])]),
    options: [...base.options.filter((option) => !optionNames.has(option.split(':')[0])), ...options],
  };
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];
