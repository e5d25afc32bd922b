import { chains } from './chain-names';
import type { TableName } from './rule-table';

/** A rule in a built-in chain that leads into one of ours. Put first, so that nothing accepts traffic before. */
export interface Jump {
  table: TableName;
  from: string;
  rule: readonly string[];
}

const isNew = ['-m', 'conntrack', '--ctstate', 'NEW'];

function jump(table: TableName, from: string, to: { chain: string; why: string; match?: readonly string[] }): Jump {
  return { table, from, rule: [...(to.match ?? []), '-m', 'comment', '--comment', to.why, '-j', to.chain] };
}

const portals = { chain: chains.services, why: 'kubernetes service portals' };
const newPortals = { ...portals, match: isNew };
const external = {
  chain: chains.externalServices,
  why: 'kubernetes externally-visible service portals',
  match: isNew,
};
const firewall = { chain: chains.firewall, why: 'kubernetes load balancer firewall', match: isNew };

/** kube-proxy's iptablesJumpChains. Later ones end up in front of earlier ones of the same chain. */
export const jumps: readonly Jump[] = [
  jump('filter', 'INPUT', external),
  jump('filter', 'FORWARD', external),
  jump('filter', 'INPUT', { chain: chains.nodePorts, why: 'kubernetes health check service ports' }),
  jump('filter', 'FORWARD', newPortals),
  jump('filter', 'OUTPUT', newPortals),
  jump('filter', 'FORWARD', { chain: chains.forward, why: 'kubernetes forwarding rules' }),
  jump('filter', 'INPUT', firewall),
  jump('filter', 'OUTPUT', firewall),
  jump('filter', 'FORWARD', firewall),
  jump('nat', 'OUTPUT', portals),
  jump('nat', 'PREROUTING', portals),
  jump('nat', 'POSTROUTING', { chain: chains.postrouting, why: 'kubernetes postrouting rules' }),
];
