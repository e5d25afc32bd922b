import {
  field,
  formatIp,
  internalError,
  invalid,
  ipFamilyOf,
  parseIp,
  type DeepReadonly,
  type IpFamily,
  type Service,
} from '@nestor/api';
import type { AddressRange } from './address-range';
import type { Allocations } from './allocations';
import { isHeadless, keepsDualStack } from './ip-families';
import type { ServiceRanges } from './service-ranges';
import type { Taking } from './taking';

type Spec = NonNullable<Service['spec']>;

/** Gives Services their cluster IPs (Allocators.allocClusterIPs and updateClusterIPs). */
export class ClusterIps {
  constructor(
    private readonly held: Allocations,
    private readonly ranges: ServiceRanges,
  ) {}

  /** Fills clusterIPs for the families that lack one, and takes those that were asked for anew. */
  async allocate(spec: Spec, before: DeepReadonly<Spec> | undefined, taking: Taking): Promise<void> {
    if (spec.type === 'ExternalName' || isHeadless(spec) || keepsDualStack(spec, before)) return;
    const own = before?.type === 'ExternalName' ? [] : (before?.clusterIPs ?? []);
    // What is there and may not change stays for validation to say so.
    const families = own.length > 0 ? (spec.ipFamilies ?? []).slice(own.length) : (spec.ipFamilies ?? []);
    for (const [at, family] of families.entries()) {
      const index = at + own.length;
      const asked = spec.clusterIPs?.[index];
      const ip = asked ? await this.asked(spec, asked, taking) : await this.next(family as IpFamily, taking);
      spec.clusterIPs = Object.assign([...(spec.clusterIPs ?? [])], { [index]: ip });
    }
    if (spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
  }

  private async asked(spec: Spec, ip: string, taking: Taking): Promise<string> {
    const refuse = (why: string): Error =>
      invalid({ group: '', kind: 'Service' }, taking.holder.name, [
        field.invalid('spec.clusterIPs', spec.clusterIPs, `failed to allocate IP ${ip}: ${why}`),
      ]);
    const ranges = await this.ranges.ready(ipFamilyOf(ip));
    if (!ranges.some((range) => range.contains(ip))) {
      throw refuse('the provided network does not match the current range');
    }
    // The allocation's name is the canonical form, whatever the Service says.
    if (!(await taking.take(this.held, formatIp(parseIp(ip)!)))) throw refuse('provided IP is already allocated');
    return ip;
  }

  private async next(family: IpFamily, taking: Taking): Promise<string> {
    for (const range of await this.ranges.ready(family)) {
      const ip = await this.nextOf(range, taking);
      if (ip) return ip;
    }
    throw internalError('failed to allocate a serviceIP: range is full');
  }

  private async nextOf(range: AddressRange, taking: Taking): Promise<string | undefined> {
    const isTaken = await this.held.isTaken();
    // Others' that this replica has not seen yet.
    const collided = new Set<string>();
    for (;;) {
      const ip = range.pick((candidate) => collided.has(candidate) || isTaken(candidate));
      if (!ip || (await taking.take(this.held, ip))) return ip;
      collided.add(ip);
    }
  }
}
