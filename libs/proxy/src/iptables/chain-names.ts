import { createHash } from 'node:crypto';

// The names kube-proxy gives its chains, so that its users find what they know.
export const chains = {
  services: 'KUBE-SERVICES',
  externalServices: 'KUBE-EXTERNAL-SERVICES',
  nodePorts: 'KUBE-NODEPORTS',
  postrouting: 'KUBE-POSTROUTING',
  markMasquerade: 'KUBE-MARK-MASQ',
  forward: 'KUBE-FORWARD',
  firewall: 'KUBE-PROXY-FIREWALL',
  canary: 'KUBE-PROXY-CANARY',
} as const;

/** Chains that come and go with services and endpoints. */
export const dynamicChain = /^KUBE-(SVC|SVL|EXT|FW|SEP)-[A-Z2-7]{16}$/;

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** First 16 characters of the base32 of the SHA-256; iptables allows 28 characters for a chain. */
function hash(text: string): string {
  const bytes = createHash('sha256').update(text).digest();
  let result = '';
  for (let bit = 0; result.length < 16; bit += 5) {
    const pair = (bytes[bit >> 3]! << 8) | bytes[(bit >> 3) + 1]!;
    result += alphabet[(pair >> (11 - (bit & 7))) & 31];
  }
  return result;
}

type Named = { name: string; protocol: string };

export const clusterPolicyChain = (port: Named): string => `KUBE-SVC-${hash(port.name + port.protocol)}`;
export const localPolicyChain = (port: Named): string => `KUBE-SVL-${hash(port.name + port.protocol)}`;
export const externalChain = (port: Named): string => `KUBE-EXT-${hash(port.name + port.protocol)}`;
export const firewallChain = (port: Named): string => `KUBE-FW-${hash(port.name + port.protocol)}`;
export const endpointChain = (port: Named, address: string): string =>
  `KUBE-SEP-${hash(port.name + port.protocol + address)}`;
