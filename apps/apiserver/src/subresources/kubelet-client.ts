import { readFileSync } from 'node:fs';
import type { ClientRequest } from 'node:http';
import { Agent, request, RequestOptions } from 'node:https';
import { checkServerIdentity } from 'node:tls';
import { internalError, Node, notFound } from '@nestor/api';
import type { ApiServerConfig } from '../apiserver.config';
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
  constructor(private readonly config: ApiServerConfig) {}

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
    this.agent ??= new Agent({ ...this.credentials(), keepAlive: true, maxSockets: Infinity });
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

  private credentials(): { cert?: Buffer; key?: Buffer; ca?: Buffer; rejectUnauthorized: boolean } {
    const { kubeletClientCertificate, kubeletClientKey, kubeletCertificateAuthority } = this.config;
    return {
      ...(kubeletClientCertificate ? { cert: readFileSync(kubeletClientCertificate) } : {}),
      ...(kubeletClientKey ? { key: readFileSync(kubeletClientKey) } : {}),
      ...(kubeletCertificateAuthority ? { ca: readFileSync(kubeletCertificateAuthority) } : {}),
      // As kube-apiserver: without a CA for kubelets their certificates cannot be judged.
      rejectUnauthorized: kubeletCertificateAuthority !== undefined,
    };
  }
}
