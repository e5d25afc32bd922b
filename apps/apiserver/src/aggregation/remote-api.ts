import { Agent } from 'node:https';
import type { ApiService, DeepReadonly } from '@nestor/api';
import { letGo } from '@nestor/connection';
import type { DiscoveredResource } from '../discovery/api-resources';
import type { ClientCertificate } from '../files/client-credentials';

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
    agent: agentOf(spec, certificate),
  };
}

/** Goes on by connections with another certificate. */
export function reconnect(api: RemoteApi, certificate: ClientCertificate): void {
  letGo(api.agent);
  api.agent = agentOf(JSON.parse(api.specText) as ApiService['spec'], certificate);
}

function agentOf(spec: DeepReadonly<ApiService>['spec'], certificate: ClientCertificate): Agent {
  return new Agent({
    ...certificate,
    keepAlive: true,
    maxSockets: Infinity,
    // The certificate is the Service's, wherever its name leads.
    servername: `${spec?.service?.name ?? ''}.${spec?.service?.namespace ?? ''}.svc`,
    ...(spec?.caBundle ? { ca: Buffer.from(spec.caBundle, 'base64') } : {}),
    rejectUnauthorized: !spec?.insecureSkipTLSVerify,
  });
}

export const isApiAvailable = ({ status }: DeepReadonly<ApiService>): boolean =>
  !!status?.conditions?.some(({ type, status: is }) => type === 'Available' && is === 'True');
