import { isIP } from 'node:net';
import type { DeepReadonly, Node } from '@nestor/api';

/** Pod range of another node to the address of that node. */
export type NodeRoutes = ReadonlyMap<string, string>;

/**
 * Where pods of other nodes are: each range over its node's address of the same family. A node without both, or at an
 * address of this one, has no pods that a route could lead to.
 */
export function nodeRoutes(nodes: readonly DeepReadonly<Node>[], self: string): NodeRoutes {
  const own = new Set(nodes.filter(({ metadata }) => metadata.name === self).flatMap(addressesOf));
  const routes = new Map<string, string>();
  for (const node of nodes) {
    if (node.metadata.name === self) continue;
    const addresses = addressesOf(node).filter((address) => !own.has(address) && !isLoopback(address));
    for (const range of rangesOf(node)) {
      const via = addresses.find((address) => isIP(address) === isIP(range.split('/')[0] ?? ''));
      if (via) routes.set(range, via);
    }
  }
  return routes;
}

const addressesOf = ({ status }: DeepReadonly<Node>): string[] =>
  (status?.addresses ?? []).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : []));

const rangesOf = ({ spec }: DeepReadonly<Node>): readonly string[] =>
  spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []);

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';
