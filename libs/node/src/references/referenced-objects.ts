import type { ConfigMap, DeepReadonly, Secret, ServiceAccount } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';

interface Entry<T> {
  value: Promise<DeepReadonly<T>>;
  readAt: number;
}

export interface Token {
  token: string;
  expiresAt: number;
}

/**
 * ConfigMaps and Secrets that pods name, read over the API and remembered for a short while: a node may read what its
 * pods name but may not list, and a hundred pods of one Deployment should not mean a hundred reads.
 */
export class ReferencedObjects {
  private readonly configMaps = new Map<string, Entry<ConfigMap>>();
  private readonly secrets = new Map<string, Entry<Secret>>();
  private readonly tokens = new Map<string, Promise<Token>>();

  constructor(
    private readonly clients: {
      configMaps: ResourceClient<ConfigMap>;
      secrets: ResourceClient<Secret>;
      serviceAccounts: ResourceClient<ServiceAccount>;
    },
    private readonly maxAgeMs = 5000,
  ) {}

  configMap(namespace: string, name: string): Promise<DeepReadonly<ConfigMap>> {
    return this.read(this.configMaps, this.clients.configMaps, namespace, name);
  }

  secret(namespace: string, name: string): Promise<DeepReadonly<Secret>> {
    return this.read(this.secrets, this.clients.secrets, namespace, name);
  }

  /** A token bound to the pod, renewed when four fifths of its life are over, as the kubelet's token manager does. */
  async token(request: TokenRequest): Promise<string> {
    const key = JSON.stringify(request);
    const known = await this.tokens.get(key)?.catch(() => undefined);
    const remaining = (known?.expiresAt ?? 0) - Date.now();
    if (known && remaining > request.expirationSeconds * 200) return known.token;
    const asked = this.requestToken(request);
    this.tokens.set(key, asked);
    asked.catch(() => this.tokens.delete(key));
    return (await asked).token;
  }

  forgetPod(podUid: string): void {
    for (const key of this.tokens.keys()) if (key.includes(podUid)) this.tokens.delete(key);
  }

  private async requestToken(request: TokenRequest): Promise<Token> {
    const body = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      spec: {
        audiences: request.audience ? [request.audience] : [],
        expirationSeconds: request.expirationSeconds,
        boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name: request.podName, uid: request.podUid },
      },
    };
    const { serviceAccounts } = this.clients;
    const answer = (await serviceAccounts.createSubresource(request.account, request.namespace, 'token', body)) as {
      status?: { token?: string; expirationTimestamp?: string };
    };
    const expiresAt = Date.parse(answer.status?.expirationTimestamp ?? '') || Date.now();
    return { token: answer.status?.token ?? '', expiresAt };
  }

  private read<T extends ConfigMap | Secret>(
    cache: Map<string, Entry<T>>,
    client: ResourceClient<T>,
    namespace: string,
    name: string,
  ): Promise<DeepReadonly<T>> {
    const key = `${namespace}/${name}`;
    const known = cache.get(key);
    if (known && Date.now() - known.readAt < this.maxAgeMs) return known.value;
    if (cache.size > 1000) cache.clear();
    const value = client.get(name, namespace) as Promise<DeepReadonly<T>>;
    cache.set(key, { value, readAt: Date.now() });
    value.catch(() => cache.delete(key));
    return value;
  }
}

export interface TokenRequest {
  namespace: string;
  account: string;
  audience?: string;
  expirationSeconds: number;
  podName: string;
  podUid: string;
}
