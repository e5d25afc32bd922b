import type { ClientRequest } from 'node:http';
import { Agent, request, RequestOptions } from 'node:https';
import type { LookupFunction } from 'node:net';
import { checkServerIdentity } from 'node:tls';
import { internalError, Node, notFound } from '@nestor/api';
import { letGo } from '@nestor/connection';
import type { ApiServerConfig } from '../apiserver.config';
import { ClientCredentials } from '../files/client-credentials';
import { newestObject } from '../storage/cached-reads';
import type { StorageContext } from '../storage/storage-context';

const defaultPort = 10250;
/** The order kube-apiserver tries a node's addresses in. */
const addressTypes = ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP'] as const;
const preferred = ['InternalIP', 'Hostname', ...addressTypes];

export interface KubeletAddress {
  node: string;
  host: string;
  port: number;
}

/** Requests to kubelets, with the API server's client certificate. */
export class KubeletClient {
  /** One for each way to look names up, so that no connection is used again that another way led to. */
  private readonly agents = new Map<LookupFunction | undefined, Agent>();
  private readonly credentials: ClientCredentials;

  constructor(config: ApiServerConfig, shutdown: AbortSignal) {
    this.credentials = new ClientCredentials({
      cert: { 'kubelet-client-certificate': config.kubeletClientCertificate },
      key: { 'kubelet-client-key': config.kubeletClientKey },
      ca: { 'kubelet-certificate-authority': config.kubeletCertificateAuthority },
    });
    this.credentials.follow(shutdown, () => {
      for (const agent of this.agents.values()) letGo(agent);
      this.agents.clear();
    });
  }

  async locate(storage: StorageContext, nodeName: string): Promise<KubeletAddress> {
    const found = await newestObject(storage, 'nodes', '', nodeName);
    if (!found) throw notFound({ group: '', resource: 'nodes' }, nodeName);
    const { status } = found.object() as Node;
    const host = preferred
      .map((type) => status?.addresses?.find((address) => address.type === type)?.address)
      .find((address) => address !== undefined);
    if (!host) throw internalError(`no preferred addresses found for node ${JSON.stringify(nodeName)}`);
    const endpoint = status?.daemonEndpoints?.kubeletEndpoint as { Port?: number; port?: number } | undefined;
    return { node: nodeName, host, port: endpoint?.Port ?? endpoint?.port ?? defaultPort };
  }

  /** Not sent yet: the caller ends it. */
  request(
    { node, host, port }: KubeletAddress,
    options: Pick<RequestOptions, 'path' | 'method' | 'headers' | 'lookup'>,
  ): ClientRequest {
    return request({
      ...options,
      host,
      port,
      agent: this.agentFor(options.lookup),
      // A kubelet's certificate names its node; the address is where the node happens to be.
      checkServerIdentity: (name, certificate) =>
        checkServerIdentity(name, certificate) && checkServerIdentity(node, certificate),
    });
  }

  private agentFor(lookup: LookupFunction | undefined): Agent {
    const known = this.agents.get(lookup);
    if (known) return known;
    const { current } = this.credentials;
    const agent = new Agent({
      ...current,
      // As kube-apiserver: without a CA for kubelets their certificates cannot be judged.
      rejectUnauthorized: current.ca !== undefined,
      keepAlive: true,
      maxSockets: Infinity,
    });
    this.agents.set(lookup, agent);
    return agent;
  }
}
