import type { Endpoint, ServicePort } from './service-port';

export interface SelectedEndpoints {
  /** For traffic that may leave the node. */
  cluster: readonly Endpoint[];
  /** For traffic that must not. */
  local: readonly Endpoint[];
  /** Some node could serve it; tells "no local endpoints" from "no endpoints". */
  hasAny: boolean;
}

/** proxy.CategorizeEndpoints: ready ones, or while there is none those that terminate but still serve. */
export function selectEndpoints(port: ServicePort): SelectedEndpoints {
  const cluster = usable(port.endpoints);
  const usesLocal = port.internalLocal || (port.externalLocal && isExternal(port));
  const local = usesLocal ? usable(port.endpoints.filter((endpoint) => endpoint.local)) : [];
  return { cluster, local, hasAny: cluster.length > 0 || local.length > 0 };
}

export function isExternal(port: ServicePort): boolean {
  return port.nodePort > 0 || port.externalIPs.length > 0 || port.loadBalancerIPs.length > 0;
}

function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.servingTerminating);
}
