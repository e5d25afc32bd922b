import type { DeepReadonly, EndpointSlice, Service } from '@nestor/api';
import type { Endpoint } from './slice-endpoint';

type Slice = DeepReadonly<EndpointSlice>;
type Hints = NonNullable<Endpoint['hints']>;

const distributions: ReadonlySet<string> = new Set(['PreferClose', 'PreferSameZone', 'PreferSameNode']);
const modeAnnotations = ['service.kubernetes.io/topology-aware-hints', 'service.kubernetes.io/topology-mode'];

/** What trafficDistribution makes of hints; the topology annotation, while it is set, takes its place. */
export function distributionOf({ metadata, spec }: DeepReadonly<Service>): string | undefined {
  const mode = modeAnnotations.map((name) => metadata.annotations?.[name]).find((value) => value !== undefined);
  const isAuto = mode === 'Auto' || mode === 'auto';
  const { trafficDistribution } = spec ?? {};
  return trafficDistribution && distributions.has(trafficDistribution) && !isAuto ? trafficDistribution : undefined;
}

/** Whether a slice's hints are other than they should be. Endpoints that are not ready are left as they are. */
export function hasWrongHints({ endpoints = [] }: Slice, distribution: string | undefined): boolean {
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
