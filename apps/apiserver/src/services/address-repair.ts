import type { DeepReadonly, Service } from '@nestor/api';
import { createLogger } from '@nestor/telemetry';
import type { CachedObject, CacheView, ResourceCache, WatchEvent } from '@nestor/watch';
import type { ServerEvents } from '../storage/server-events';
import type { Allocations, Held, Holder } from './allocations';
import type { PortRange } from './port-range';
import { planAddress, planPort, planServiceIps, planServicePorts, type Observed, type Repair } from './repair.plan';
import type { ServiceRanges } from './service-ranges';

const log = createLogger('address-repair');
const intervalMs = 180_000;
/** A deleted Service's address goes just after it. */
const settleMs = 1000;
const ipComponent = 'ipallocator-repair-controller';
const portComponent = 'portallocator-repair-controller';

export interface RepairParts {
  ips: Allocations;
  ports: Allocations;
  ranges: ServiceRanges;
  portRange: PortRange;
  services: ResourceCache;
  events: ServerEvents;
}

type Plans = [of: Allocations, component: string, plan: (observed: Observed) => Repair];

/**
 * Keeps what Services have and what is written down as theirs the same: after a crash between the two, after somebody
 * changed the addresses by hand, and for addresses of earlier versions, which lack a label.
 */
export class AddressRepair {
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;

  constructor(private readonly parts: RepairParts) {}

  async start(): Promise<void> {
    await this.attempt(() => this.runOnce());
    this.timer = setInterval(() => void this.attempt(() => this.runOnce()), intervalMs);
    await this.follow();
  }

  stop(): void {
    this.stopped = true;
    clearInterval(this.timer);
  }

  async runOnce(): Promise<void> {
    const { services, ips, ports } = this.parts;
    // Addresses are taken before their Service is written: theirs must be as new as the Services looked at.
    await Promise.all([services.ready(), ips.ready(true), ports.ready(true)]);
    const view = services.view();
    const caches = await Promise.all([ips.ready(), ports.ready()]);
    await Promise.all(caches.map((cache) => cache.waitFor(view.revision)));
    for (const item of view.list().items) await this.repairService(item);
    const now = Date.now();
    for (const held of await ips.all()) await this.carryOut(ips, ipComponent, await this.planOf(ips, held, now, view));
    for (const held of await ports.all()) {
      await this.carryOut(ports, portComponent, await this.planOf(ports, held, now, view));
    }
  }

  private async planOf(of: Allocations, held: Held, now: number, view: CacheView): Promise<Repair> {
    const observed = await this.observed(of, view);
    return of === this.parts.ips ? planAddress(held, observed, now) : planPort(held, observed, now);
  }

  private async repairService(item: CachedObject): Promise<void> {
    const { ips, ports, services, portRange } = this.parts;
    const service = item.object() as DeepReadonly<Service>;
    const plans: Plans[] = [
      [ips, ipComponent, (observed) => planServiceIps(service, observed)],
      [ports, portComponent, (observed) => planServicePorts(service, observed, String(portRange))],
    ];
    for (const [of, component, plan] of plans) {
      const repair = plan(await this.observed(of, services));
      // What a Service gave up meanwhile is not missing.
      const isCurrent = services.get(item.namespace, item.name)?.revision === item.revision;
      if (isCurrent) await this.carryOut(of, component, repair);
    }
  }

  private async observed(of: Allocations, services: Pick<CacheView, 'get'>): Promise<Observed> {
    const { ips, ranges, portRange } = this.parts;
    const cache = await of.ready();
    const known = of === ips ? await ranges.all() : [];
    return {
      held: (value) => {
        const item = cache.get('', value);
        return item && of.heldOf(item);
      },
      isOwn: (value) => (of === ips ? known.some((range) => range.contains(value)) : portRange.contains(Number(value))),
      hasLabels: (held) => of.hasLabels(held),
      service: ({ namespace, name }: Holder) => services.get(namespace, name)?.object(),
    };
  }

  private async carryOut(of: Allocations, component: string, { steps, events }: Repair): Promise<void> {
    for (const event of events) {
      log.warn({ object: `${event.about.kind} ${event.about.metadata.name}`, reason: event.reason }, event.message);
      await this.parts.events.record({ ...event, type: 'Warning', component });
    }
    for (const step of steps) {
      if (step.do === 'take') await of.take(step.value, step.holder);
      else if (step.do === 'correct') await of.correct(step.value, step.holder);
      else {
        const { uid } = step.held.object.metadata;
        await of.removeIf(step.held.value, (newest) => newest.object.metadata.uid === uid);
      }
    }
  }

  /** An IPAddress that somebody deletes under a living Service comes back at once. */
  private async follow(): Promise<void> {
    if (this.stopped) return;
    const cache = await this.parts.ips.ready();
    const again = (): void => void setTimeout(() => void this.attempt(() => this.follow()), settleMs).unref();
    await cache.watch(
      { after: cache.view().revision },
      {
        write: (event) => {
          this.onChange(event);
          return true;
        },
        end: again,
      },
    );
  }

  private onChange(event: WatchEvent): void {
    if (event.type !== 'DELETED') return;
    const { holder } = this.parts.ips.heldOf(event.object);
    if (!holder) return;
    setTimeout(() => {
      const service = this.parts.services.get(holder.namespace, holder.name);
      if (service && !this.stopped) void this.attempt(() => this.repairService(service));
    }, settleMs).unref();
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.stopped) log.warn({ error }, 'cannot check service addresses; the next round tries again');
    }
  }
}
