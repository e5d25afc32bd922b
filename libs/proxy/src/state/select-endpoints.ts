import type { Endpoint, ServicePort } from './service-port';

export interface SelectedEndpoints {
  /** For traffic that may leave the node. */
  cluster: readonly Endpoint[];
  /** For traffic that must not. */
  local: readonly Endpoint[];
  /** Some node could serve it; tells "no local endpoints" from "no endpoints". */
  hasAny: boolean;
}

/**
 * proxy.CategorizeEndpoints: ready ones, or while there is none those that terminate but still serve. Hints narrow only
 * what may leave the node.
 */
export function selectEndpoints(port: ServicePort): SelectedEndpoints {
  const cluster = usable(hintedHere(port.endpoints));
  const usesLocal = port.internalLocal || (port.externalLocal && isExternal(port));
  const local = usesLocal ? usable(port.endpoints.filter((endpoint) => endpoint.local)) : [];
  return { cluster, local, hasAny: cluster.length > 0 || local.length > 0 };
}

export function isExternal(port: ServicePort): boolean {
  return port.nodePort > 0 || port.externalIPs.length > 0 || port.loadBalancerIPs.length > 0;
}

/**
 * topologyModeFromHints: those for this node, or else for its zone, where every ready endpoint has such a hint and one
 * of them is meant; all of them otherwise. What terminates is the last resort, whatever its hints.
 */
function hintedHere(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  for (const hint of ['hintedForNode', 'hintedForZone'] as const) {
    if (ready.every((endpoint) => endpoint[hint] !== undefined) && ready.some((endpoint) => endpoint[hint]))
      return ready.filter((endpoint) => endpoint[hint]);
  }
  return endpoints;
}

function usable(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const ready = endpoints.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : endpoints.filter((endpoint) => endpoint.servingTerminating);
}
