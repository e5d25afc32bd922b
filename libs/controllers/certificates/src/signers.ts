import type { RequestedCertificate } from '@nestor/pki';

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
export const kubeletServingSigner = 'kubernetes.io/kubelet-serving';
export const nodesGroup = 'system:nodes';
export const nodePrefix = 'system:node:';

export interface AskedFor {
  certificate: RequestedCertificate;
  usages: readonly string[];
}

/** What is wrong with a request to a signer, in the words of its failure; undefined when it may be signed. */
export type SignerRule = (asked: AskedFor) => string | undefined;

const ofNodes = ({ organizations }: RequestedCertificate): string | undefined =>
  organizations.length === 1 && organizations[0] === nodesGroup
    ? undefined
    : `subject organization is not ${nodesGroup}`;
const ofOneNode = ({ commonName }: RequestedCertificate): string | undefined =>
  commonName.startsWith(nodePrefix) ? undefined : `subject common name does not begin with ${nodePrefix}`;

const withoutNames =
  (kind: string, list: 'dnsNames' | 'emailAddresses' | 'ipAddresses' | 'uris') =>
  (certificate: RequestedCertificate): string | undefined =>
    certificate[list].length > 0 ? `${kind} subjectAltNames are not allowed` : undefined;

/** The encipherment of keys is RSA's, so it may be left out. */
function exactly(usages: readonly string[], purpose: string): string | undefined {
  const wanted = ['digital signature', purpose];
  const matches =
    wanted.every((usage) => usages.includes(usage)) &&
    usages.every((usage) => wanted.includes(usage) || usage === 'key encipherment');
  return matches ? undefined : `usages did not match [${[...wanted, 'key encipherment'].sort().join(' ')}]`;
}

/** In upstream's order, which decides what a request with two faults is told. */
export const kubeletClientRule: SignerRule = ({ certificate, usages }) =>
  ofNodes(certificate) ??
  withoutNames('DNS', 'dnsNames')(certificate) ??
  withoutNames('Email', 'emailAddresses')(certificate) ??
  withoutNames('IP', 'ipAddresses')(certificate) ??
  withoutNames('URI', 'uris')(certificate) ??
  ofOneNode(certificate) ??
  exactly(usages, 'client auth');

const isNamed = ({ dnsNames, ipAddresses }: RequestedCertificate): string | undefined =>
  dnsNames.length + ipAddresses.length === 0 ? 'DNS or IP subjectAltName is required' : undefined;

export const kubeletServingRule: SignerRule = ({ certificate, usages }) =>
  ofNodes(certificate) ??
  isNamed(certificate) ??
  withoutNames('Email', 'emailAddresses')(certificate) ??
  withoutNames('URI', 'uris')(certificate) ??
  exactly(usages, 'server auth') ??
  ofOneNode(certificate);

const clientRule: SignerRule = ({ usages }) => {
  const odd = usages.find((usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage));
  if (odd) return `invalid usage for client certificate: ${odd}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
};

export const builtInSigners: ReadonlyMap<string, SignerRule> = new Map<string, SignerRule>([
  ['kubernetes.io/kube-apiserver-client', clientRule],
  [kubeletClientSigner, kubeletClientRule],
  [kubeletServingSigner, kubeletServingRule],
  ['kubernetes.io/legacy-unknown', () => undefined],
]);

const minSeconds = 600;

/** How long a certificate is good: what was asked for, at most what the cluster gives. */
export function validSeconds(asked: number | undefined, most: number): number {
  if (asked === undefined || asked > most) return most;
  return Math.max(asked, minSeconds);
}

/** For clocks that run behind. */
const backdateMs = 5 * 60_000;
const shortSeconds = 8 * 3600;

/** From when to when: a certificate for less than eight hours loses nothing to its early start. */
export function validity(seconds: number, now: number): { notBefore: Date; notAfter: Date } {
  const end = now + seconds * 1000 - (seconds < shortSeconds ? 0 : backdateMs);
  return { notBefore: new Date(now - backdateMs), notAfter: new Date(end) };
}
