import type { Provider } from '@nestjs/common';
import { ipAllocator, ipFamilyLabel, ipFamilyOf, ipManagedByLabel } from '@nestor/api';
import type { TruthStore } from '@nestor/store';
import { WatchCache } from '@nestor/watch';
import { ApiServerConfig } from '../apiserver.config';
import { STORAGE, TRUTH_STORE } from '../apiserver.tokens';
import { DefaultServiceCidr } from '../bootstrap/default-service-cidr';
import { KubernetesService } from '../bootstrap/kubernetes-service';
import { ResourceRegistry } from '../registry/resource-registry';
import { ServerEvents } from '../storage/server-events';
import type { StorageContext } from '../storage/storage-context';
import { AddressRange } from './address-range';
import { AddressRepair } from './address-repair';
import { Allocations, type AllocationKind } from './allocations';
import { ClusterIps } from './cluster-ips';
import { NodePorts } from './node-ports';
import { PortRange } from './port-range';
import { ServiceAddresses } from './service-addresses';
import { parseServiceClusterIpRange } from './service-cluster-ip-range';
import { ServiceRanges } from './service-ranges';

const IP_ALLOCATIONS = Symbol('IP_ALLOCATIONS');
const PORT_ALLOCATIONS = Symbol('PORT_ALLOCATIONS');

const ipKind: AllocationKind = {
  key: 'ipaddresses.networking.k8s.io',
  kind: 'IPAddress',
  apiVersion: 'networking.k8s.io/v1',
  labels: (ip) => ({ [ipFamilyLabel]: ipFamilyOf(ip), [ipManagedByLabel]: ipAllocator }),
};
/** Not served: Kubernetes has no API for node ports. */
const portKind: AllocationKind = {
  key: 'nodeports.nestor.dev',
  kind: 'NodePort',
  apiVersion: 'nestor.dev/v1',
  labels: () => ({}),
};

const allocations = (token: symbol, kind: AllocationKind): Provider => ({
  provide: token,
  useFactory: (store: TruthStore, cache: WatchCache) => new Allocations(store, cache, kind),
  inject: [TRUTH_STORE, WatchCache],
});

/** What gives Services their addresses and ports and keeps the books on them. */
export const serviceProviders: Provider[] = [
  allocations(IP_ALLOCATIONS, ipKind),
  allocations(PORT_ALLOCATIONS, portKind),
  { provide: ServiceRanges, useFactory: (cache: WatchCache) => new ServiceRanges(cache), inject: [WatchCache] },
  {
    provide: PortRange,
    useFactory: ({ serviceNodePortRange }: ApiServerConfig) => PortRange.parse(serviceNodePortRange),
    inject: [ApiServerConfig],
  },
  {
    provide: ServiceAddresses,
    useFactory: (config: ApiServerConfig, ips: Allocations, ports: Allocations, ranges: ServiceRanges, of: PortRange) =>
      new ServiceAddresses({
        ips,
        ports,
        clusterIps: new ClusterIps(ips, ranges),
        nodePorts: new NodePorts(ports, of),
        families: parseServiceClusterIpRange(config.serviceClusterIpRange).families,
      }),
    inject: [ApiServerConfig, IP_ALLOCATIONS, PORT_ALLOCATIONS, ServiceRanges, PortRange],
  },
  {
    provide: ServerEvents,
    useFactory: (context: StorageContext, registry: ResourceRegistry) => new ServerEvents(context, registry),
    inject: [STORAGE, ResourceRegistry],
  },
  {
    provide: DefaultServiceCidr,
    useFactory: (context: StorageContext, registry: ResourceRegistry, events: ServerEvents, config: ApiServerConfig) =>
      new DefaultServiceCidr(context, registry, events, parseServiceClusterIpRange(config.serviceClusterIpRange).cidrs),
    inject: [STORAGE, ResourceRegistry, ServerEvents, ApiServerConfig],
  },
  {
    provide: AddressRepair,
    useFactory: (
      { cache }: StorageContext,
      events: ServerEvents,
      ...[ips, ports, ranges, portRange]: [Allocations, Allocations, ServiceRanges, PortRange]
    ) => new AddressRepair({ ips, ports, ranges, portRange, services: cache.resource('services'), events }),
    inject: [STORAGE, ServerEvents, IP_ALLOCATIONS, PORT_ALLOCATIONS, ServiceRanges, PortRange],
  },
  {
    provide: KubernetesService,
    useFactory: (config: ApiServerConfig, context: StorageContext, registry: ResourceRegistry) => {
      const [cidr = ''] = parseServiceClusterIpRange(config.serviceClusterIpRange).cidrs;
      return new KubernetesService(context, registry, new AddressRange(cidr).at(1));
    },
    inject: [ApiServerConfig, STORAGE, ResourceRegistry],
  },
];
