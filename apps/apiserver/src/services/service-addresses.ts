import { randomInt } from 'node:crypto';
import { ApiObject, DeepReadonly, field, internalError, invalid, Service } from '@nestor/api';
import type { ServedResource } from '../registry/served-resource';
import type { AddressRange } from './address-range';
import type { Allocations, Holder } from './allocations';

export interface PortRange {
  from: number;
  to: number;
}

type Undo = () => Promise<void>;
type ServiceSpec = NonNullable<Service['spec']>;
const kind = { group: '', kind: 'Service' };
const nothing: Allocation = { undo: async () => undefined, settle: async () => undefined };

/** What a write took: given back if the write fails; what it gave up goes back once the write has been committed. */
export interface Allocation {
  undo(): Promise<void>;
  settle(): Promise<void>;
}

/** Gives Services their cluster IP and node ports, and takes them back (registry/core/service/storage alloc). */
export class ServiceAddresses {
  constructor(
    private readonly ips: Allocations,
    private readonly ports: Allocations,
    private readonly range: AddressRange,
    private readonly portRange: PortRange,
  ) {}

  /** Fills what the Service needs. */
  async allocate(
    served: ServedResource,
    object: ApiObject,
    old: DeepReadonly<ApiObject> | undefined,
    dryRun: boolean,
  ): Promise<Allocation> {
    if (served.key !== 'services') return nothing;
    const service = object as Service;
    const spec = (service.spec ??= {} as ServiceSpec);
    const before = (old as Service | undefined)?.spec;
    const undo: Undo[] = [];
    const release = async (): Promise<void> => {
      for (const step of undo.splice(0)) await step();
    };
    const holder = { namespace: service.metadata.namespace ?? '', name: service.metadata.name ?? '' };
    try {
      setFamilies(spec);
      if (hasClusterIp(spec)) await this.clusterIp(spec, before, { holder, dryRun, undo });
      if (spec.type === 'NodePort' || spec.type === 'LoadBalancer')
        await this.nodePorts(spec, before, { holder, dryRun, undo });
    } catch (error) {
      await release();
      throw error;
    }
    return {
      undo: release,
      // Not before the commit: somebody else may take an address the moment it is free.
      settle: () => (before && !dryRun ? this.freeUnused(spec, before) : Promise.resolve()),
    };
  }

  /** After a Service is gone. A crash before this leaves an orphan that repair() finds. */
  async free({ key }: ServedResource, object: DeepReadonly<ApiObject>): Promise<void> {
    if (key !== 'services') return;
    const { ips, ports } = holdings((object as Service).spec);
    await Promise.all([...ips.map((ip) => this.ips.release(ip)), ...ports.map((port) => this.ports.release(port))]);
  }

  /** Drops allocations whose Service does not exist, and is not just being made. */
  async repair(exists: (holder: Holder) => boolean, olderThan: number): Promise<void> {
    for (const allocations of [this.ips, this.ports]) {
      for (const { value, holder, created } of await allocations.all()) {
        if (created < olderThan && !exists(holder)) await allocations.release(value);
      }
    }
  }

  private async clusterIp(spec: ServiceSpec, before: ServiceSpec | undefined, how: Allocating): Promise<void> {
    const asked = spec.clusterIP;
    if (asked && asked === before?.clusterIP) return;
    if (asked) {
      if (!this.range.contains(asked))
        throw refusedIp(asked, `failed to allocate IP ${asked}: the provided network does not match the current range`);
      if (!(await this.take(this.ips, asked, how)))
        throw refusedIp(asked, `failed to allocate IP ${asked}: provided IP is already allocated`);
    } else {
      spec.clusterIP = await this.pickIp(how);
    }
    spec.clusterIPs = [spec.clusterIP as string];
  }

  private async pickIp(how: Allocating): Promise<string> {
    const taken = await this.ips.isTaken();
    const tried = new Set<string>();
    for (;;) {
      const ip = this.range.pick((candidate) => tried.has(candidate) || taken(candidate));
      if (!ip) throw internalError('failed to allocate a serviceIP: range is full');
      if (await this.take(this.ips, ip, how)) return ip;
      tried.add(ip);
    }
  }

  private async nodePorts(spec: ServiceSpec, before: ServiceSpec | undefined, how: Allocating): Promise<void> {
    if (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false) return;
    const own = new Set(before?.ports?.map((port) => port.nodePort));
    const shared = new Map<number, string>();
    for (const [index, port] of (spec.ports ?? []).entries()) {
      if (port.nodePort && (own.has(port.nodePort) || shared.get(port.nodePort) !== undefined)) continue;
      if (port.nodePort) await this.askedPort(port.nodePort, index, how);
      else port.nodePort = await this.pickPort(how);
      shared.set(port.nodePort, port.protocol ?? 'TCP');
    }
  }

  private async askedPort(port: number, index: number, how: Allocating): Promise<void> {
    const { from, to } = this.portRange;
    const refuse = (why: string): Error =>
      invalid(kind, how.holder.name, [field.invalid(`spec.ports[${index}].nodePort`, port, why)]);
    if (port < from || port > to)
      throw refuse(`provided port is not in the valid range. The range of valid ports is ${from}-${to}`);
    if (!(await this.take(this.ports, String(port), how))) throw refuse('provided port is already allocated');
  }

  private async pickPort(how: Allocating): Promise<number> {
    const { from, to } = this.portRange;
    const taken = await this.ports.isTaken();
    const count = to - from + 1;
    const start = randomInt(count);
    for (let step = 0; step < count; step++) {
      const port = from + ((start + step) % count);
      if (!taken(String(port)) && (await this.take(this.ports, String(port), how))) return port;
    }
    throw internalError('failed to allocate a nodePort: range is full');
  }

  private async take(allocations: Allocations, value: string, { holder, dryRun, undo }: Allocating): Promise<boolean> {
    if (dryRun) return !(await allocations.isTaken())(value);
    const taken = await allocations.take(value, holder);
    if (taken) undo.push(() => allocations.release(value));
    return taken;
  }

  private async freeUnused(spec: ServiceSpec, before: ServiceSpec): Promise<void> {
    const now = holdings(spec);
    const then = holdings(before);
    await Promise.all([
      ...then.ips.filter((ip) => !now.ips.includes(ip)).map((ip) => this.ips.release(ip)),
      ...then.ports.filter((port) => !now.ports.includes(port)).map((port) => this.ports.release(port)),
    ]);
  }
}

interface Allocating {
  holder: Holder;
  dryRun: boolean;
  undo: Undo[];
}

const refusedIp = (ip: string, why: string): Error => invalid(kind, '', [field.invalid('spec.clusterIPs', [ip], why)]);
const hasClusterIp = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName' && spec.clusterIP !== 'None';

/** Single-stack IPv4, which is what the cluster has. */
function setFamilies(spec: ServiceSpec): void {
  if (spec.type === 'ExternalName') return;
  if (spec.clusterIP === 'None') spec.clusterIPs = ['None'];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
}

function holdings(spec: DeepReadonly<ServiceSpec> | undefined): { ips: string[]; ports: string[] } {
  const ips = spec?.clusterIP && spec.clusterIP !== 'None' ? [spec.clusterIP] : [];
  const ports = (spec?.ports ?? []).flatMap((port) => (port.nodePort ? [String(port.nodePort)] : []));
  return { ips, ports: [...new Set(ports)] };
}
