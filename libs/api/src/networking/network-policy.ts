import type { FieldError } from '../errors/field-error';
import { field } from '../errors/field-error';
import type { NetworkPolicy } from '../meta/json-types';
import { formatLabelSelector, validateLabelSelector } from '../meta/label-selector';
import { parseCidr, rangeContains } from '../meta/ip-range';
import { isCidr, isPortName, isPortNumber } from '../meta/names';
import { age, ageColumn, column, defineKind, nameColumn } from '../registry/define-kind';
import { invalidEach } from '../validation/checks';

type Spec = NonNullable<NetworkPolicy['spec']>;
type IngressRule = NonNullable<Spec['ingress']>[number];
type EgressRule = NonNullable<Spec['egress']>[number];
type Port = NonNullable<IngressRule['ports']>[number];
type Peer = NonNullable<EgressRule['to']>[number];

const protocols = ['SCTP', 'TCP', 'UDP'];
const types = ['Egress', 'Ingress'];

function setDefaults({ spec }: NetworkPolicy): void {
  if (!spec) return;
  const rules = [...(spec.ingress ?? []), ...(spec.egress ?? [])];
  for (const { ports } of rules) for (const port of ports ?? []) port.protocol ??= 'TCP';
  if ((spec.policyTypes ?? []).length === 0)
    spec.policyTypes = (spec.egress ?? []).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

function validatePort({ protocol, port, endPort }: Port, path: string): FieldError[] {
  const errors: FieldError[] = [];
  if (protocol !== undefined && !protocols.includes(protocol))
    errors.push(field.notSupported(`${path}.protocol`, protocol, protocols));
  if (typeof port === 'number') {
    errors.push(...invalidEach(port, isPortNumber(port), `${path}.port`));
    if (endPort !== undefined && endPort < port)
      errors.push(field.invalid(`${path}.endPort`, endPort, 'must be greater than or equal to `port`'));
    else if (endPort !== undefined) errors.push(...invalidEach(endPort, isPortNumber(endPort), `${path}.endPort`));
  } else if (typeof port === 'string') {
    if (endPort !== undefined)
      errors.push(field.invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is non-numeric'));
    errors.push(...invalidEach(port, isPortName(port), `${path}.port`));
  } else if (endPort !== undefined) {
    errors.push(field.invalid(`${path}.endPort`, endPort, 'may not be specified when `port` is not specified'));
  }
  return errors;
}

function validateIpBlock({ cidr, except = [] }: NonNullable<Peer['ipBlock']>, path: string): FieldError[] {
  if (!cidr) return [field.required(`${path}.cidr`)];
  const errors = invalidEach(cidr, isCidr(cidr), `${path}.cidr`);
  except.forEach((one, index) => {
    const problems = isCidr(one);
    if (problems.length > 0) errors.push(...invalidEach(one, problems, `${path}.except[${index}]`));
    else if (!isStrictSubset(cidr, one))
      errors.push(field.invalid(`${path}.except[${index}]`, one, 'must be a strict subset of `cidr`'));
  });
  return errors;
}

function isStrictSubset(cidr: string, inner: string): boolean {
  const [block, part] = [parseCidr(cidr), parseCidr(inner)];
  return !block || (part !== undefined && rangeContains(block, part) && block.bits < part.bits);
}

function validatePeer({ ipBlock, podSelector, namespaceSelector }: Peer, path: string): FieldError[] {
  if (!ipBlock && !podSelector && !namespaceSelector) return [field.required(path, 'must specify a peer')];
  if (ipBlock && (podSelector || namespaceSelector))
    return [field.forbidden(path, 'may not specify both ipBlock and another peer')];
  return [
    ...(podSelector ? validateLabelSelector(podSelector, `${path}.podSelector`) : []),
    ...(namespaceSelector ? validateLabelSelector(namespaceSelector, `${path}.namespaceSelector`) : []),
    ...(ipBlock ? validateIpBlock(ipBlock, `${path}.ipBlock`) : []),
  ];
}

function validateRule(rule: { ports?: Port[] }, peers: readonly Peer[], peersName: string, path: string): FieldError[] {
  return [
    ...(rule.ports ?? []).flatMap((port, index) => validatePort(port, `${path}.ports[${index}]`)),
    ...peers.flatMap((peer, index) => validatePeer(peer, `${path}.${peersName}[${index}]`)),
  ];
}

function validate({ spec }: NetworkPolicy): FieldError[] {
  if (!spec) return [field.required('spec')];
  const errors = validateLabelSelector(spec.podSelector ?? {}, 'spec.podSelector');
  (spec.ingress ?? []).forEach((rule, index) => {
    const { from = [] } = rule as { from?: Peer[] };
    errors.push(...validateRule(rule, from, 'from', `spec.ingress[${index}]`));
  });
  (spec.egress ?? []).forEach((rule, index) =>
    errors.push(...validateRule(rule, rule.to ?? [], 'to', `spec.egress[${index}]`)),
  );
  const { policyTypes = [] } = spec;
  if (policyTypes.length > types.length)
    return [...errors, field.invalid('spec.policyTypes', policyTypes, 'may not specify more than two policyTypes')];
  policyTypes.forEach((type, index) => {
    if (!types.includes(type)) errors.push(field.notSupported(`spec.policyTypes[${index}]`, type, types));
  });
  return errors;
}

export const networkPolicyDefinition = defineKind({
  group: 'networking.k8s.io',
  version: 'v1',
  kind: 'NetworkPolicy',
  plural: 'networkpolicies',
  shortNames: ['netpol'],
  namespaced: true,
  definition: 'io.k8s.api.networking.v1.NetworkPolicy',
  hasGeneration: true,
  strategy: { setDefaults, validate },
  columns: [nameColumn, column('Pod-Selector', 'string', 'The pods that the policy applies to.'), ageColumn],
  cells: (policy: NetworkPolicy, now: Date) => [
    policy.metadata.name,
    formatLabelSelector(policy.spec?.podSelector ?? {}),
    age(policy, now),
  ],
});
