import type { DeepReadonly, EndpointSlice, Service } from '@nestor/api';

export interface Location {
  host: string;
  port: number;
}

type ObservedService = DeepReadonly<Service>;
type ObservedSlice = DeepReadonly<EndpointSlice>;

/** proxy.ResolveCluster: by the Service's own address, which the network routes on. */
export function resolveByClusterIp(service: ObservedService, port: number): Location {
  const { type = 'ClusterIP', clusterIP = '', externalName = '' } = service.spec ?? {};
  if (type === 'ExternalName') return { host: externalName, port };
  if (clusterIP === 'None') throw new Error('cannot route to service with ClusterIP "None"');
  return { host: clusterIP, port: portOf(service, port).port };
}

/** proxy.ResolveEndpoint: past the Service to one of its endpoints, for a server that is outside its network. */
export function resolveByEndpoint(
  service: ObservedService,
  slices: readonly ObservedSlice[],
  port: number,
  choose: (count: number) => number = (count) => Math.floor(Math.random() * count),
): Location {
  if (service.spec?.type === 'ExternalName') return { host: service.spec.externalName ?? '', port };
  const { name = '' } = portOf(service, port);
  const found = slices.flatMap((slice) => readyAddresses(slice, name));
  const chosen = found[choose(found.length)];
  if (!chosen) throw new Error(`no endpoints available for service ${JSON.stringify(service.metadata.name)}`);
  return chosen;
}

export function hasReadyEndpoint(slices: readonly ObservedSlice[], portName: string): boolean {
  return slices.some((slice) => readyAddresses(slice, portName).length > 0);
}

export const portNamed = ({ spec }: ObservedService, port: number) => spec?.ports?.find((one) => one.port === port);

function portOf(service: ObservedService, port: number) {
  const found = portNamed(service, port);
  if (found) return found;
  const { name, namespace } = service.metadata;
  throw new Error(`no service port ${port} found for service ${JSON.stringify(name)} in ${namespace}`);
}

function readyAddresses({ endpoints, ports }: ObservedSlice, portName: string): Location[] {
  const port = ports?.find(({ name }) => (name ?? '') === portName)?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port })));
}
