import type { ProxyState, ServicePort } from '../state/service-port';
import { CommandError, runCommand, type RunCommand } from './run-command';

/** A flow to forget: its original destination and, for an endpoint that is gone, where it was sent. */
export interface StaleFlow {
  ip?: string;
  nodePort?: number;
  endpoint?: string;
}

/**
 * UDP flows that the kernel would go on sending the old way: to endpoints that are gone, and to services that had
 * none until now (their packets left unchanged and made an entry of their own).
 */
export function staleFlows(before: ProxyState | undefined, after: ProxyState): StaleFlow[] {
  const stale: StaleFlow[] = [];
  const next = new Map(after.ports.filter(isUdp).map((port) => [port.name, port]));
  for (const old of before?.ports.filter(isUdp) ?? []) {
    const kept = new Set(next.has(old.name) ? endpointIPs(next.get(old.name)!) : []);
    for (const endpoint of endpointIPs(old)) {
      if (!kept.has(endpoint)) stale.push(...destinations(old).map((where) => ({ ...where, endpoint })));
    }
  }
  const previous = new Map((before?.ports ?? []).filter(isUdp).map((port) => [port.name, port]));
  for (const port of next.values()) {
    const old = previous.get(port.name);
    const had = old !== undefined && endpointIPs(old).length > 0;
    if (!had && endpointIPs(port).length > 0) stale.push(...destinations(port));
  }
  return stale;
}

const isUdp = (port: ServicePort): boolean => port.protocol === 'udp';
/** All that still answer: a flow to one that is no longer chosen goes on (conntrack.CleanStaleEntries). */
const endpointIPs = (port: ServicePort): string[] =>
  port.endpoints.filter((endpoint) => endpoint.ready || endpoint.servingTerminating).map(({ ip }) => ip);

function destinations(port: ServicePort): StaleFlow[] {
  const ips = [port.clusterIP, ...port.externalIPs, ...port.loadBalancerIPs].map((ip) => ({ ip }));
  return port.nodePort > 0 ? [...ips, { nodePort: port.nodePort }] : ips;
}

/** Deletes the flows; returns false where the conntrack tool is not installed. */
export async function forgetFlows(flows: readonly StaleFlow[], run: RunCommand = runCommand): Promise<boolean> {
  for (const { ip, nodePort, endpoint } of flows) {
    const match = [
      ...(ip ? ['--orig-dst', ip] : []),
      ...(nodePort ? ['--dport', String(nodePort)] : []),
      ...(endpoint ? ['--dst-nat', endpoint] : []),
    ];
    try {
      await run('conntrack', ['-D', '-p', 'udp', ...match]);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      if (error.exitCode === null) return false;
      // Exit code 1 with this text is how it says that there was no such flow.
      if (!error.stderr.includes('0 flow entries have been deleted')) throw error;
    }
  }
  return true;
}
