import type { DeepReadonly, EndpointSlice, Service } from '@nestor/api';
import type { Endpoint } from './slice-endpoint';

type Slice = DeepReadonly<EndpointSlice>;
type Hints = NonNullable<Endpoint['hints']>;

const distributions: ReadonlySet<string> = new Set(['PreferClose', 'PreferSameZone', 'PreferSameNode']);
const modeAnnotations = ['service.kubernetes.io/topology-aware-hints', 'service.kubernetes.io/topology-mode'];

/** Whether the Service asks for hints by topology, which then take the place of those by trafficDistribution. */
export function isByTopology({ metadata }: DeepReadonly<Service>): boolean {
  const mode = modeAnnotations.map((name) => metadata.annotations?.[name]).find((value) => value !== undefined);
  return mode === 'Auto' || mode === 'auto';
}

export function distributionOf(service: DeepReadonly<Service>): string | undefined {
  const { trafficDistribution } = service.spec ?? {};
  return trafficDistribution && distributions.has(trafficDistribution) && !isByTopology(service)
    ? trafficDistribution
    : undefined;
}

/**
 * Whether a slice's hints by trafficDistribution are other than they should be. Endpoints that are not ready are left as
 * they are.
 */
export function hasWrongHints({ endpoints = [] }: Slice, service: DeepReadonly<Service>): boolean {
  if (isByTopology(service)) return false;
  const distribution = distributionOf(service);
  if (!distribution) return endpoints.some(({ hints }) => hints !== undefined);
  return endpoints.some(
    (endpoint) => endpoint.conditions?.ready && text(endpoint.hints) !== text(wantedHints(endpoint, distribution)),
  );
}

export function withHints(endpoint: DeepReadonly<Endpoint>, distribution: string | undefined): Endpoint {
  const { hints: _hints, ...rest } = endpoint as Endpoint;
  if (!distribution) return rest;
  if (!endpoint.conditions?.ready) return endpoint as Endpoint;
  const hints = wantedHints(endpoint, distribution);
  return hints ? { ...rest, hints } : rest;
}

/** To its own zone, and where so asked to its own node. */
function wantedHints({ zone, nodeName }: DeepReadonly<Endpoint>, distribution: string): Hints | undefined {
  const forNode = distribution === 'PreferSameNode' ? nodeName : undefined;
  if (!zone && !forNode) return undefined;
  return {
    ...(zone ? { forZones: [{ name: zone }] } : {}),
    ...(forNode ? { forNodes: [{ name: forNode }] } : {}),
  };
}

const text = (hints: DeepReadonly<Hints> | undefined): string =>
  JSON.stringify([hints?.forZones?.map(({ name }) => name) ?? [], hints?.forNodes?.map(({ name }) => name) ?? []]);
