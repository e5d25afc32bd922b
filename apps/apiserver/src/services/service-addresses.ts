import type { ApiObject, DeepReadonly, IpFamily, Service } from '@nestor/api';
import type { ServedResource } from '../registry/served-resource';
import type { Allocations, Holder } from './allocations';
import type { ClusterIps } from './cluster-ips';
import { givenUp, holdings, type Holdings } from './holdings';
import { setIpFamilies } from './ip-families';
import type { NodePorts } from './node-ports';
import { Taking } from './taking';

const nothing: Allocation = { undo: async () => undefined, settle: async () => undefined };

/** What a write took: given back if the write fails; what it gave up goes back once the write has been committed. */
export interface Allocation {
  undo(): Promise<void>;
  settle(): Promise<void>;
}

export interface AddressParts {
  ips: Allocations;
  ports: Allocations;
  clusterIps: ClusterIps;
  nodePorts: NodePorts;
  /** Of the configured ranges, the default one first. */
  families: readonly IpFamily[];
}

/** Gives Services their cluster IPs and node ports, and takes them back (registry/core/service/storage alloc). */
export class ServiceAddresses {
  constructor(private readonly parts: AddressParts) {}

  /** Fills what the Service needs. */
  async allocate(
    { key }: ServedResource,
    object: ApiObject,
    old: DeepReadonly<ApiObject> | undefined,
    dryRun: boolean,
  ): Promise<Allocation> {
    if (key !== 'services') return nothing;
    const service = object as Service;
    const spec = (service.spec ??= {} as NonNullable<Service['spec']>);
    const before = (old as Service | undefined)?.spec;
    // A status write leaves the spec as it is.
    if (spec === before) return nothing;
    const holder = holderOf(service);
    const taking = new Taking(holder, dryRun);
    try {
      setIpFamilies(service, before, this.parts.families);
      await this.parts.clusterIps.allocate(spec, before, taking);
      await this.parts.nodePorts.allocate(spec, before, taking);
    } catch (error) {
      await taking.undo();
      throw error;
    }
    return {
      undo: () => taking.undo(),
      // Not before the commit: somebody else may take an address the moment it is free.
      settle: () =>
        before && !dryRun ? this.release(givenUp(holdings(before), holdings(spec)), holder) : Promise.resolve(),
    };
  }

  /** After a Service is gone. A crash before this leaves an orphan that the repair finds. */
  async free({ key }: ServedResource, object: DeepReadonly<ApiObject>): Promise<void> {
    if (key !== 'services') return;
    const service = object as DeepReadonly<Service>;
    await this.release(holdings(service.spec), holderOf(service));
  }

  private async release({ ips, ports }: Holdings, holder: Holder): Promise<void> {
    await Promise.all([
      ...ips.map((ip) => this.parts.ips.release(ip, holder)),
      ...ports.map((port) => this.parts.ports.release(port, holder)),
    ]);
  }
}

const holderOf = ({ metadata }: DeepReadonly<Service>): Holder => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
});
