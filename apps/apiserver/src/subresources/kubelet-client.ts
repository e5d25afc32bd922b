import type { ClientRequest } from 'node:http';
import { Agent, request, RequestOptions } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { internalError, Node, notFound } from '@nestor/api';
import { letGo } from '@nestor/client';
import type { ApiServerConfig } from '../apiserver.config';
import { ClientCredentials } from '../files/client-credentials';
import { currentObject } from '../storage/cached-reads';
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
  private agent: Agent | undefined;
  private readonly credentials: ClientCredentials;

  constructor(config: ApiServerConfig, shutdown: AbortSignal) {
    this.credentials = new ClientCredentials({
      cert: { 'kubelet-client-certificate': config.kubeletClientCertificate },
      key: { 'kubelet-client-key': config.kubeletClientKey },
      ca: { 'kubelet-certificate-authority': config.kubeletCertificateAuthority },
    });
    this.credentials.follow(shutdown, () => {
      if (this.agent) letGo(this.agent);
      this.agent = undefined;
    });
  }

  async locate(storage: StorageContext, nodeName: string): Promise<KubeletAddress> {
    const found = await currentObject(storage, 'nodes', '', nodeName);
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
    options: Pick<RequestOptions, 'path' | 'method' | 'headers'>,
  ): ClientRequest {
    this.agent ??= this.connect();
    return request({
      ...options,
      host,
      port,
      agent: this.agent,
      // A kubelet's certificate names its node; the address is where the node happens to be.
      checkServerIdentity: (name, certificate) =>
        checkServerIdentity(name, certificate) && checkServerIdentity(node, certificate),
    });
  }

  private connect(): Agent {
    const { current } = this.credentials;
    return new Agent({
      ...current,
      // As kube-apiserver: without a CA for kubelets their certificates cannot be judged.
      rejectUnauthorized: current.ca !== undefined,
      keepAlive: true,
      maxSockets: Infinity,
    });
  }
}
