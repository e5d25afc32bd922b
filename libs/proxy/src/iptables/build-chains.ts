import { isExternal, selectEndpoints, type SelectedEndpoints } from '../state/select-endpoints';
import type { Endpoint, ProxyState, ServicePort } from '../state/service-port';
import {
  chains,
  clusterPolicyChain,
  endpointChain,
  externalChain,
  firewallChain,
  localPolicyChain,
} from './chain-names';
import { RuleTable, type TableChains } from './rule-table';

export interface IptablesOptions {
  /** Pods' addresses; traffic to a cluster IP from elsewhere is masqueraded. '' knows none. */
  clusterCidr: string;
  /** Masquerade all traffic to service IPs. Needed where bridged traffic bypasses iptables. */
  masqueradeAll: boolean;
  /** Bit of the packet mark that asks for masquerading. */
  masqueradeBit: number;
  /** Answer node ports on 127.0.0.1, too. */
  localhostNodePorts: boolean;
}

export const defaultIptablesOptions: IptablesOptions = {
  clusterCidr: '',
  masqueradeAll: false,
  masqueradeBit: 14,
  localhostNodePorts: true,
};

/** The chains of both tables for a state, as kube-proxy's iptables mode lays them out. Pure. */
export function buildChains(state: ProxyState, options: IptablesOptions): TableChains {
  const tables: Tables = { nat: new RuleTable(), filter: new RuleTable(), options };
  addStaticChains(tables);
  for (const port of state.ports) addServicePort(tables, port);
  addNodePortJump(tables);
  return { nat: tables.nat.chains, filter: tables.filter.chains };
}

interface Tables {
  nat: RuleTable;
  filter: RuleTable;
  options: IptablesOptions;
}

function addStaticChains({ nat, filter, options }: Tables): void {
  const mark = `0x${(2 ** options.masqueradeBit).toString(16)}`;
  for (const name of [chains.services, chains.nodePorts]) nat.declare(name);
  for (const name of [chains.services, chains.externalServices, chains.nodePorts, chains.firewall])
    filter.declare(name);
  nat.add(chains.postrouting, `-m mark ! --mark ${mark}/${mark} -j RETURN`);
  // Cleared, so that a packet that passes the stack again is not masqueraded twice.
  nat.add(chains.postrouting, `-j MARK --xor-mark ${mark}`);
  nat.add(
    chains.postrouting,
    `-m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully`,
  );
  nat.add(chains.markMasquerade, `-j MARK --or-mark ${mark}`);
  filter.add(chains.forward, '-m conntrack --ctstate INVALID -j DROP');
  filter.add(
    chains.forward,
    `-m comment --comment "kubernetes forwarding rules" -m mark --mark ${mark}/${mark} -j ACCEPT`,
  );
  filter.add(
    chains.forward,
    `-m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT`,
  );
}

/** A node port answers on every local address, so its match must come after all service IPs. */
function addNodePortJump({ nat, options }: Tables): void {
  const comment = '-m comment --comment "kubernetes service nodeports; NOTE: this must be the last rule in this chain"';
  const notLoopback = options.localhostNodePorts ? '' : '! -d 127.0.0.0/8 ';
  nat.add(chains.services, `${comment} ${notLoopback}-m addrtype --dst-type LOCAL -j ${chains.nodePorts}`);
}

/** A service port while its rules are made. */
interface PortRules {
  port: ServicePort;
  selected: SelectedEndpoints;
  clusterChain: string;
  localChain: string;
  /** Where cluster IP traffic goes. */
  internalChain: string;
  /** Where external traffic goes once it is masqueraded or not. */
  externalTarget: string;
}

function addServicePort(tables: Tables, port: ServicePort): void {
  const selected = selectEndpoints(port);
  const clusterChain = clusterPolicyChain(port);
  const localChain = localPolicyChain(port);
  const rules: PortRules = {
    port,
    selected,
    clusterChain,
    localChain,
    internalChain: port.internalLocal ? localChain : clusterChain,
    externalTarget: port.externalLocal ? localChain : clusterChain,
  };
  addInternal(tables, rules);
  if (isExternal(port)) addExternal(tables, rules);
  addPolicyChains(tables, rules);
}

const comment = (text: string): string => `-m comment --comment "${text}"`;
const proto = (port: ServicePort): string => `-m ${port.protocol} -p ${port.protocol}`;
const to = (port: ServicePort, ip: string): string => `${proto(port)} -d ${ip} --dport ${port.port}`;

/** What to do with traffic no endpoint may take; undefined when one may. */
function refusal(port: ServicePort, usable: readonly Endpoint[], hasAny: boolean): string | undefined {
  if (usable.length > 0) return undefined;
  // Another node could answer: dropped, so that the client's retry may find it, instead of refused.
  return hasAny
    ? `${comment(`${port.name} has no local endpoints`)} DROP`
    : `${comment(`${port.name} has no endpoints`)} REJECT`;
}

function addRefusal(filter: RuleTable, chain: string, { match, verdict }: { match: string; verdict: string }): void {
  const at = verdict.lastIndexOf(' ');
  filter.add(chain, `${verdict.slice(0, at)} ${match} -j ${verdict.slice(at + 1)}`);
}

function addInternal({ nat, filter, options }: Tables, { port, selected, internalChain }: PortRules): void {
  const usable = port.internalLocal ? selected.local : selected.cluster;
  const verdict = refusal(port, usable, selected.hasAny);
  const match = to(port, port.clusterIP);
  if (verdict) return addRefusal(filter, chains.services, { match, verdict });
  const what = comment(`${port.name} cluster IP`);
  nat.add(chains.services, `${what} ${match} -j ${internalChain}`);
  if (options.masqueradeAll) nat.add(internalChain, `${what} ${match} -j ${chains.markMasquerade}`);
  else if (options.clusterCidr) {
    nat.add(internalChain, `${what} ${match} ! -s ${options.clusterCidr} -j ${chains.markMasquerade}`);
  }
}

function addExternal(tables: Tables, rules: PortRules): void {
  const { nat, filter } = tables;
  const { port, selected } = rules;
  const verdict = refusal(port, port.externalLocal ? selected.local : selected.cluster, selected.hasAny);
  // Traffic of this node and of pods may use any endpoint, so the chain exists while there is one at all.
  const target = externalChain(port);
  const balanced = port.loadBalancerSourceRanges.length > 0 ? firewallChain(port) : target;
  const addresses = [
    ...port.externalIPs.map((ip) => ({ ip, what: 'external IP', chain: target })),
    ...port.loadBalancerIPs.map((ip) => ({ ip, what: 'loadbalancer IP', chain: balanced })),
  ];
  for (const { ip, what, chain } of addresses) {
    const match = to(port, ip);
    if (selected.hasAny) nat.add(chains.services, `${comment(`${port.name} ${what}`)} ${match} -j ${chain}`);
    if (verdict) addRefusal(filter, chains.externalServices, { match, verdict });
  }
  if (port.nodePort > 0) {
    const match = `${proto(port)} --dport ${port.nodePort}`;
    if (selected.hasAny) nat.add(chains.nodePorts, `${comment(port.name)} ${match} -j ${target}`);
    if (verdict) {
      addRefusal(filter, chains.externalServices, { match: `-m addrtype --dst-type LOCAL ${match}`, verdict });
    }
  }
  if (!selected.hasAny) return;
  addExternalChain(tables, rules);
  if (balanced !== target) addFirewall(tables, rules);
}

function addExternalChain({ nat, options }: Tables, { port, clusterChain, externalTarget }: PortRules): void {
  const chain = externalChain(port);
  const rule = (text: string, rest: string) => nat.add(chain, `${comment(text)} ${rest}`);
  if (!port.externalLocal) {
    rule(`masquerade traffic for ${port.name} external destinations`, `-j ${chains.markMasquerade}`);
  } else {
    // Local keeps the client's address; only what cannot come back by itself is masqueraded.
    if (options.clusterCidr) {
      rule(`pod traffic for ${port.name} external destinations`, `-s ${options.clusterCidr} -j ${clusterChain}`);
    }
    const fromHere = '-m addrtype --src-type LOCAL';
    rule(`masquerade LOCAL traffic for ${port.name} external destinations`, `${fromHere} -j ${chains.markMasquerade}`);
    rule(`route LOCAL traffic for ${port.name} external destinations`, `${fromHere} -j ${clusterChain}`);
  }
  nat.add(chain, `-j ${externalTarget}`);
}

/** loadBalancerSourceRanges: who is not listed never reaches the external chain, and is dropped. */
function addFirewall({ nat, filter }: Tables, { port }: PortRules): void {
  const chain = firewallChain(port);
  for (const range of port.loadBalancerSourceRanges) {
    nat.add(chain, `${comment(`${port.name} loadbalancer IP`)} -s ${range} -j ${externalChain(port)}`);
  }
  const refused = comment(`${port.name} traffic not accepted by ${chain}`);
  nat.add(chain, `${comment(`other traffic to ${port.name} will be dropped by ${chains.firewall}`)}`);
  for (const ip of port.loadBalancerIPs) filter.add(chains.firewall, `${refused} ${to(port, ip)} -j DROP`);
}

function addPolicyChains({ nat }: Tables, rules: PortRules): void {
  const { port, selected, clusterChain, localChain } = rules;
  const external = isExternal(port);
  const needsCluster = !port.internalLocal || external;
  const needsLocal = port.internalLocal || (external && port.externalLocal);
  if (needsCluster && selected.cluster.length > 0) spread(nat, clusterChain, { port, endpoints: selected.cluster });
  // Declared even when empty: the external chain ends in it.
  if (needsLocal && selected.hasAny) nat.declare(localChain);
  if (needsLocal && selected.local.length > 0) spread(nat, localChain, { port, endpoints: selected.local });
  const used = new Set([...(needsCluster ? selected.cluster : []), ...(needsLocal ? selected.local : [])]);
  for (const endpoint of used) addEndpointChain(nat, port, endpoint);
}

interface Spread {
  port: ServicePort;
  endpoints: readonly Endpoint[];
}

/** Each endpoint is taken with the same chance: 1/n of all, then 1/(n-1) of the rest, ... */
function spread(nat: RuleTable, chain: string, { port, endpoints }: Spread): void {
  if (port.affinitySeconds > 0) {
    for (const endpoint of endpoints) {
      const target = endpointChain(port, addressOf(endpoint));
      const recent = `-m recent --name ${target} --rcheck --seconds ${port.affinitySeconds} --reap`;
      nat.add(chain, `${comment(`${port.name} -> ${addressOf(endpoint)}`)} ${recent} -j ${target}`);
    }
  }
  endpoints.forEach((endpoint, index) => {
    const rest = endpoints.length - index;
    const chance = rest > 1 ? `-m statistic --mode random --probability ${(1 / rest).toFixed(10)} ` : '';
    const target = endpointChain(port, addressOf(endpoint));
    nat.add(chain, `${comment(`${port.name} -> ${addressOf(endpoint)}`)} ${chance}-j ${target}`);
  });
}

const addressOf = (endpoint: Endpoint): string => `${endpoint.ip}:${endpoint.port}`;

function addEndpointChain(nat: RuleTable, port: ServicePort, endpoint: Endpoint): void {
  const chain = endpointChain(port, addressOf(endpoint));
  // A pod that reaches itself through its service must see another address than its own.
  nat.add(chain, `${comment(port.name)} -s ${endpoint.ip} -j ${chains.markMasquerade}`);
  const remember = port.affinitySeconds > 0 ? `-m recent --name ${chain} --set ` : '';
  nat.add(chain, `${comment(port.name)} ${remember}${proto(port)} -j DNAT --to-destination ${addressOf(endpoint)}`);
}
