import { formatCidr, rangesOf, type DeepReadonly, type IpFamily, type ServiceCidr } from '@nestor/api';
import type { WatchCache } from '@nestor/watch';
import { AddressRange } from './address-range';

type ObservedCidr = DeepReadonly<ServiceCidr>;

export const serviceCidrs = 'servicecidrs.networking.k8s.io';

/** The ranges of the ServiceCIDR objects: what cluster IPs come out of (ipallocator.MetaAllocator). */
export class ServiceRanges {
  private readonly known = new Map<string, AddressRange>();

  constructor(private readonly cache: WatchCache) {}

  /** Ranges that addresses may be given out of now. */
  async ready(family: IpFamily): Promise<AddressRange[]> {
    return this.of((await this.objects()).filter(isReady), family);
  }

  /** All ranges, those on their way out and those not ready included. */
  async all(): Promise<AddressRange[]> {
    return this.of(await this.objects());
  }

  private async objects(): Promise<ObservedCidr[]> {
    const cache = this.cache.resource(serviceCidrs);
    await cache.ready();
    return cache.list().items.map((item) => item.object() as unknown as ObservedCidr);
  }

  private of(objects: readonly ObservedCidr[], family?: IpFamily): AddressRange[] {
    const cidrs = new Set(
      objects.flatMap((object) =>
        rangesOf(object)
          .filter((range) => family === undefined || range.family === family)
          .map(formatCidr),
      ),
    );
    return [...cidrs].map((cidr) => this.range(cidr));
  }

  private range(cidr: string): AddressRange {
    let range = this.known.get(cidr);
    if (!range) this.known.set(cidr, (range = new AddressRange(cidr)));
    return range;
  }
}

/** Without a condition it counts as ready: the controller that says so may not run. */
function isReady({ metadata, status }: ObservedCidr): boolean {
  if (metadata.deletionTimestamp) return false;
  const condition = status?.conditions?.find(({ type }) => type === 'Ready');
  return condition === undefined || condition.status === 'True';
}
