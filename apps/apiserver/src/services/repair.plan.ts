import type { ApiObject, DeepReadonly, Service } from '@nestor/api';
import { ipFamilyOf } from '@nestor/api';
import { isSame, type Held, type Holder } from './allocations';
import { holdings } from './holdings';

/** A value on its way to a Service that is being written. As long as a request may take. */
const graceMs = 60_000;

type ObservedService = DeepReadonly<Service>;

export interface RepairEvent {
  about: DeepReadonly<ApiObject>;
  reason: string;
  message: string;
}

export type RepairStep =
  | { do: 'take'; value: string; holder: Holder }
  | { do: 'correct'; value: string; holder: Holder }
  | { do: 'drop'; held: Held };

export interface Repair {
  steps: RepairStep[];
  events: RepairEvent[];
}

/** What is known of one kind of value: cluster IPs or node ports. */
export interface Observed {
  held(value: string): Held | undefined;
  isOwn(value: string): boolean;
  hasLabels(held: Held): boolean;
  service(holder: Holder): ObservedService | undefined;
}

export const ipsOf = (service: ObservedService): string[] =>
  service.spec?.type === 'ExternalName' ? [] : holdings(service.spec).ips;
export const portsOf = (service: ObservedService): string[] => holdings(service.spec).ports;

/** Every cluster IP has an IPAddress that says whose it is (RepairIPAddress.syncService). */
export function planServiceIps(service: ObservedService, observed: Observed): Repair {
  const repair: Repair = { steps: [], events: [] };
  const holder = holderOf(service);
  for (const value of ipsOf(service)) {
    const warn = (reason: string, message: string) => void repair.events.push({ about: service, reason, message });
    const name = `[${ipFamilyOf(value)}]: ${value}`;
    if (!observed.isOwn(value)) {
      const why = 'is not within any configured Service CIDR; please recreate service';
      warn('ClusterIPOutOfRange', `Cluster IP ${name} ${why}`);
      continue;
    }
    const held = observed.held(value);
    if (!held) {
      warn('ClusterIPNotAllocated', `Cluster IP ${name} is not allocated; repairing`);
      repair.steps.push({ do: 'take', value, holder });
    } else if (!isSame(held.holder, holder)) {
      if (isRightful(held, observed, ipsOf)) {
        const text = `Cluster IP [${ipFamilyOf(value)}]:${value} was assigned to multiple services; please recreate service`;
        warn('ClusterIPAlreadyAllocated', text);
        continue;
      }
      const text = `the ClusterIP ${name} for Service ${holder.namespace}/${holder.name} has a wrong reference; repairing`;
      warn('ClusterIPNotAllocated', text);
      repair.steps.push({ do: 'correct', value, holder });
    } else if (!observed.hasLabels(held)) repair.steps.push({ do: 'correct', value, holder });
  }
  return repair;
}

/** Every node port is held by the Service that has it (portallocator's Repair.runOnce). */
export function planServicePorts(service: ObservedService, observed: Observed, range: string): Repair {
  const repair: Repair = { steps: [], events: [] };
  const holder = holderOf(service);
  for (const value of portsOf(service)) {
    const warn = (reason: string, message: string) => void repair.events.push({ about: service, reason, message });
    const held = observed.held(value);
    if (!observed.isOwn(value)) {
      warn('PortOutOfRange', `Port ${value} is not within the port range ${range}; please recreate service`);
    } else if (!held) {
      warn('PortNotAllocated', `Port ${value} is not allocated; repairing`);
      repair.steps.push({ do: 'take', value, holder });
    } else if (!isSame(held.holder, holder)) {
      if (isRightful(held, observed, portsOf)) {
        warn('PortAlreadyAllocated', `Port ${value} was assigned to multiple services; please recreate service`);
        continue;
      }
      warn('PortNotAllocated', `Port ${value} is not allocated; repairing`);
      repair.steps.push({ do: 'correct', value, holder });
    }
  }
  return repair;
}

/** An address that no Service has goes back (RepairIPAddress.syncIPAddress). */
export function planAddress(held: Held, observed: Observed, now: number): Repair {
  if (held.labels['ipaddress.kubernetes.io/managed-by'] !== 'ipallocator.k8s.io') return { steps: [], events: [] };
  const drop = (reason: string, message: string): Repair => ({
    steps: [{ do: 'drop', held }],
    events: [{ about: held.object, reason, message }],
  });
  const { value, holder } = held;
  if (!holder) {
    const { parentRef } = (held.object['spec'] ?? {}) as { parentRef?: unknown };
    const why = `appears to have been modified, not referencing a Service ${JSON.stringify(parentRef)}: cleaning up`;
    return drop('IPAddressNotAllocated', `IPAddress ${value} ${why}`);
  }
  if (isRightful(held, observed, ipsOf) || now - held.created <= graceMs) return { steps: [], events: [] };
  const text = `IPAddress: ${value} for Service ${holder.namespace}/${holder.name}`;
  return observed.service(holder)
    ? drop('IPAddressWrongReference', `${text} has a wrong reference; cleaning up`)
    : drop('IPAddressNotAllocated', `${text} appears to have leaked: cleaning up`);
}

/** A port that no Service has goes back, without a word: there is nothing to speak of. */
export function planPort(held: Held, observed: Observed, now: number): Repair {
  const isLeaked = !isRightful(held, observed, portsOf) && now - held.created > graceMs;
  return { steps: isLeaked ? [{ do: 'drop', held }] : [], events: [] };
}

function isRightful(held: Held, { service }: Observed, valuesOf: (service: ObservedService) => string[]): boolean {
  const owner = held.holder && service(held.holder);
  return owner !== undefined && valuesOf(owner).includes(held.value);
}

const holderOf = ({ metadata }: ObservedService): Holder => ({
  namespace: metadata.namespace ?? '',
  name: metadata.name ?? '',
});
