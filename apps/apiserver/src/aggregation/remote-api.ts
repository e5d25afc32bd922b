import { Agent } from 'node:https';
import type { ApiService, DeepReadonly } from '@nestor/api';
import type { DiscoveredResource } from '../discovery/api-resources';

export interface ClientCertificate {
  cert?: Buffer;
  key?: Buffer;
}

/** One group and version that another server answers for. */
export interface RemoteApi {
  name: string;
  group: string;
  version: string;
  groupPriority: number;
  service: { namespace: string; name: string; port: number };
  isAvailable: boolean;
  /** What it was made from, to tell a change that matters. */
  specText: string;
  /** Trusts what the APIService says is to be trusted, and shows the certificate of this proxy. */
  agent: Agent;
  /** What it serves, as it said last; undefined before it has said anything. */
  resources?: DiscoveredResource[];
  /** Where it publishes its schema. */
  openApi?: string;
}

export function remoteApi(object: DeepReadonly<ApiService>, certificate: ClientCertificate): RemoteApi | undefined {
  const { metadata, spec } = object;
  if (!spec?.service) return undefined;
  const { namespace = '', name = '', port = 443 } = spec.service;
  return {
    name: metadata.name ?? '',
    group: spec.group ?? '',
    version: spec.version ?? '',
    groupPriority: spec.groupPriorityMinimum,
    service: { namespace, name, port },
    isAvailable: isApiAvailable(object),
    specText: JSON.stringify(spec),
    agent: new Agent({
      ...certificate,
      keepAlive: true,
      maxSockets: Infinity,
      // The certificate is the Service's, wherever its name leads.
      servername: `${name}.${namespace}.svc`,
      ...(spec.caBundle ? { ca: Buffer.from(spec.caBundle, 'base64') } : {}),
      rejectUnauthorized: !spec.insecureSkipTLSVerify,
    }),
  };
}

export const isApiAvailable = ({ status }: DeepReadonly<ApiService>): boolean =>
  !!status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True');

export function endIdleConnections(agent: Agent): void {
  for (const socket of Object.values(agent.freeSockets).flatMap((list) => list ?? [])) socket.destroy();
}
