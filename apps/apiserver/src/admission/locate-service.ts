import type { ServiceLocator } from '@nestor/admission';
import type { EndpointSlice, Service } from '@nestor/api';
import type { WatchCache } from '@nestor/watch';
import { resolveByClusterIp, resolveByEndpoint } from '../aggregation/service-location';

/** Where webhooks behind Services are reached: as servers of aggregated APIs are. */
export function serviceLocator(cache: WatchCache, byEndpoints: boolean): ServiceLocator {
  return (namespace, name, port) => {
    const service = cache.resource('services').get(namespace, name)?.object() as Service | undefined;
    if (!service) throw new Error(`service ${JSON.stringify(name)} not found`);
    if (!byEndpoints) return resolveByClusterIp(service, port);
    const { items } = cache.resource('endpointslices.discovery.k8s.io').list({
      namespace,
      matches: ({ labels }) => labels['kubernetes.io/service-name'] === name,
    });
    const slices = items.map((item) => item.object() as unknown as EndpointSlice);
    return resolveByEndpoint(service, slices, port);
  };
}
