import { field, internalError, invalid, type DeepReadonly, type Service } from '@nestor/api';
import type { Allocations } from './allocations';
import { holdings, needsHealthCheck } from './holdings';
import type { PortRange } from './port-range';
import type { Taking } from './taking';

type Spec = NonNullable<Service['spec']>;
type Port = NonNullable<Spec['ports']>[number];

/** Gives Services their node ports (Allocators.txnAllocNodePorts and txnUpdateNodePorts). */
export class NodePorts {
  constructor(
    private readonly held: Allocations,
    private readonly range: PortRange,
  ) {}

  async allocate(spec: Spec, before: DeepReadonly<Spec> | undefined, taking: Taking): Promise<void> {
    const own = new Set(holdings(before).ports.map(Number));
    if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') await this.servicePorts(spec, own, taking);
    if (needsHealthCheck(spec) && !needsHealthCheck(before)) await this.healthCheckPort(spec, own, taking);
  }

  private async servicePorts(spec: Spec, own: Set<number>, taking: Taking): Promise<void> {
    const isGiven = spec.type === 'NodePort' || spec.allocateLoadBalancerNodePorts !== false;
    const ports = spec.ports ?? [];
    // One number of a Service behind several protocols shares its node port.
    const shared = new Map<number, number>();
    for (const [index, port] of ports.entries()) {
      if (!port.nodePort && !isGiven) continue;
      const known = shared.get(port.port);
      const asked = port.nodePort ?? (known ? undefined : requested(port, ports));
      if (asked) await this.asked(asked, index, { own, taking });
      port.nodePort = asked ?? known ?? (await this.next(taking, 'nodePort'));
      own.add(port.nodePort);
      if (!known) shared.set(port.port, port.nodePort);
    }
  }

  private async asked(
    port: number,
    index: number,
    { own, taking }: { own: Set<number>; taking: Taking },
  ): Promise<void> {
    if (own.has(port)) return;
    const why = await this.refusal(port, taking);
    if (!why) return;
    throw invalid({ group: '', kind: 'Service' }, taking.holder.name, [
      field.invalid(`spec.ports[${index}].nodePort`, port, why),
    ]);
  }

  private async healthCheckPort(spec: Spec, own: Set<number>, taking: Taking): Promise<void> {
    const asked = spec.healthCheckNodePort;
    if (!asked) {
      spec.healthCheckNodePort = await this.next(taking, 'HealthCheck NodePort 0');
      return;
    }
    const why = own.has(asked) ? 'provided port is already allocated' : await this.refusal(asked, taking);
    if (why) throw internalError(`failed to allocate requested HealthCheck NodePort ${asked}: ${why}`);
  }

  /** Why a port cannot be had, or undefined when it is taken now. */
  private async refusal(port: number, taking: Taking): Promise<string | undefined> {
    if (!this.range.contains(port))
      return `provided port is not in the valid range. The range of valid ports is ${this.range}`;
    return (await taking.take(this.held, String(port))) ? undefined : 'provided port is already allocated';
  }

  private async next(taking: Taking, what: string): Promise<number> {
    const isTaken = await this.held.isTaken();
    const collided = new Set<number>();
    for (;;) {
      const port = this.range.pick((candidate) => collided.has(candidate) || isTaken(String(candidate)));
      if (!port) throw internalError(`failed to allocate a ${what}: range is full`);
      if (await taking.take(this.held, String(port))) return port;
      collided.add(port);
    }
  }
}

/** What is asked for further down the list, for the same number. */
const requested = ({ port }: Port, ports: readonly Port[]): number | undefined =>
  ports.find((one) => one.port === port && one.nodePort)?.nodePort;
