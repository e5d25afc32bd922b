import type { RequestedCertificate } from '@nestor/pki';

export const kubeletClientSigner = 'kubernetes.io/kube-apiserver-client-kubelet';
const nodes = 'system:nodes';
const nodePrefix = 'system:node:';

export interface AskedFor {
  certificate: RequestedCertificate;
  usages: readonly string[];
}

/** What is wrong with a request to a signer, in the words of its failure; undefined when it may be signed. */
export type SignerRule = (asked: AskedFor) => string | undefined;

function nodeSubject({ commonName, organizations }: RequestedCertificate): string | undefined {
  if (organizations.length !== 1 || organizations[0] !== nodes) return `subject organization is not ${nodes}`;
  if (!commonName.startsWith(nodePrefix)) return `subject common name does not begin with ${nodePrefix}`;
  return undefined;
}

/** The encipherment of keys is RSA's, so it may be left out. */
function exactly(usages: readonly string[], purpose: string): boolean {
  const wanted = ['digital signature', purpose];
  return (
    wanted.every((usage) => usages.includes(usage)) &&
    usages.every((usage) => wanted.includes(usage) || usage === 'key encipherment')
  );
}

export const kubeletClientRule: SignerRule = ({ certificate, usages }) => {
  const problem = nodeSubject(certificate);
  if (problem) return problem;
  if (certificate.dnsNames.length > 0) return 'DNS subjectAltNames are not allowed';
  if (certificate.emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (certificate.ipAddresses.length > 0) return 'IP subjectAltNames are not allowed';
  if (certificate.uris.length > 0) return 'URI subjectAltNames are not allowed';
  return exactly(usages, 'client auth')
    ? undefined
    : 'usages did not match [key encipherment,digital signature,client auth]';
};

const kubeletServingRule: SignerRule = ({ certificate, usages }) => {
  const { dnsNames, ipAddresses, emailAddresses, uris } = certificate;
  const problem = nodeSubject(certificate);
  if (problem) return problem;
  if (dnsNames.length + ipAddresses.length === 0) return 'DNS or IP subjectAltName is required';
  if (emailAddresses.length > 0) return 'Email subjectAltNames are not allowed';
  if (uris.length > 0) return 'URI subjectAltNames are not allowed';
  return exactly(usages, 'server auth')
    ? undefined
    : 'usages did not match [key encipherment,digital signature,server auth]';
};

const clientRule: SignerRule = ({ usages }) => {
  const odd = usages.find((usage) => !['digital signature', 'key encipherment', 'client auth'].includes(usage));
  if (odd) return `invalid usage for client certificate: ${odd}`;
  return usages.includes('client auth') ? undefined : 'missing required usage for client certificate: client auth';
};

export const builtInSigners: ReadonlyMap<string, SignerRule> = new Map<string, SignerRule>([
  ['kubernetes.io/kube-apiserver-client', clientRule],
  [kubeletClientSigner, kubeletClientRule],
  ['kubernetes.io/kubelet-serving', kubeletServingRule],
  ['kubernetes.io/legacy-unknown', () => undefined],
]);

const minSeconds = 600;

/** How long a certificate is good: what was asked for, at most what the cluster gives. */
export function validSeconds(asked: number | undefined, most: number): number {
  if (asked === undefined || asked > most) return most;
  return Math.max(asked, minSeconds);
}
