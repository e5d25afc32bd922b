import { isIP } from 'node:net';
import type { CertificateSigningRequest, DeepReadonly, Node } from '@nestor/api';
import type { RequestedCertificate } from '@nestor/pki';
import { kubeletServingRule, nodePrefix, nodesGroup } from './signers';

/** What the judgement on a kubelet's serving certificate rests on. */
export interface ServingObservation {
  request: DeepReadonly<CertificateSigningRequest>;
  certificate: RequestedCertificate;
  nodes: readonly DeepReadonly<Node>[];
  /** Names and addresses that other servers answer for: API servers and Services. */
  taken: ReadonlySet<string>;
}

/** Names by which pods and programs find Services and the API server. */
const servedNames = /^(localhost|kubernetes)(\.|$)|(^|\.)svc(\.|$)|\.cluster\.local$/;

/**
 * Why a request for a kubelet's serving certificate is not to be approved without somebody's look; undefined when it is.
 * A node writes its own status, so that an address stands there proves little: what somebody else answers for, be it
 * another node, an API server or a Service, is nobody's to have.
 */
export function servingProblem({ request, certificate, nodes, taken }: ServingObservation): string | undefined {
  const { username = '', groups = [], usages = [] } = request.spec ?? {};
  const rule = kubeletServingRule({ certificate, usages });
  if (rule) return rule;
  if (username !== certificate.commonName || !groups.includes(nodesGroup))
    return 'it is not requested by the node itself';
  const name = username.slice(nodePrefix.length);
  const node = nodes.find(({ metadata }) => metadata.name === name);
  if (!node) return `there is no node ${name}`;
  const others = new Set(nodes.filter((one) => one !== node).flatMap(addressesOf));
  return (
    certificate.dnsNames.map((dnsName) => nameProblem(dnsName, name, taken)).find(Boolean) ??
    certificate.ipAddresses.map((address) => addressProblem(address, { own: ipsOf(node), others, taken })).find(Boolean)
  );
}

function nameProblem(dnsName: string, nodeName: string, taken: ReadonlySet<string>): string | undefined {
  if (dnsName !== nodeName) return `${dnsName} is not the name of the node`;
  return servedNames.test(dnsName) || taken.has(dnsName) ? `${dnsName} is a name of another server` : undefined;
}

interface Claims {
  own: readonly string[];
  others: ReadonlySet<string>;
  taken: ReadonlySet<string>;
}

function addressProblem(given: string, { own, others, taken }: Claims): string | undefined {
  const address = normalAddress(given);
  if (/^(127\.|0\.|169\.254\.|::1?$|fe80:)/.test(address)) return `${address} is an address of every machine`;
  if (!own.includes(address)) return `${address} is not among the addresses of the node`;
  if (others.has(address)) return `${address} is an address of another node, too`;
  return taken.has(address) ? `${address} is an address of another server` : undefined;
}

const addressesOf = ({ status }: DeepReadonly<Node>): string[] =>
  (status?.addresses ?? []).map(({ address }) => normalAddress(address));

const ipsOf = (node: DeepReadonly<Node>): string[] => addressesOf(node).filter((address) => isIP(address));

/** One spelling for each IPv6 address. */
export function normalAddress(address: string): string {
  return isIP(address) === 6 ? new URL(`http://[${address}]`).hostname.slice(1, -1) : address;
}
