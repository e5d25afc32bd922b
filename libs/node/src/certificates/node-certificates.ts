import { isIP } from 'node:net';
import type { DeepReadonly, Node } from '@nestor/api';
import { nodeIdentity, type RequestTemplate } from '@nestor/pki';

export const clientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
export const servingSigner = 'kubernetes.io/kubelet-serving';
/** Without the encipherment of keys, which only RSA keys do. */
export const clientUsages = ['digital signature', 'client auth'] as const;
export const servingUsages = ['digital signature', 'server auth'] as const;

export function clientTemplate(nodeName: string): RequestTemplate {
  const { commonName, organizations } = nodeIdentity(nodeName);
  return { commonName, organizations };
}

type Addresses = NonNullable<NonNullable<DeepReadonly<Node>['status']>['addresses']>;

/** What a kubelet serves as: the names and addresses in its Node's status. Undefined while there is no address among them. */
export function servingTemplate(nodeName: string, addresses: Addresses): RequestTemplate | undefined {
  const [dnsNames, ipAddresses] = [new Set<string>(), new Set<string>()];
  for (const { type, address } of addresses) {
    if (address && isIP(address)) ipAddresses.add(address);
    else if (address && ['Hostname', 'InternalDNS', 'ExternalDNS'].includes(type)) dnsNames.add(address);
  }
  if (ipAddresses.size === 0) return undefined;
  return { ...clientTemplate(nodeName), dnsNames: [...dnsNames].sort(), ipAddresses: [...ipAddresses].sort() };
}
