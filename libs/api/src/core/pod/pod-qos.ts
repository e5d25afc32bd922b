import type { DeepReadonly, Pod } from '../../meta/json-types';
import { compareQuantities, addQuantities, quantityFrom, type Quantity } from '../../meta/quantity';

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

const counted = ['cpu', 'memory'];

function sumInto(sums: Map<string, Quantity>, list: Readonly<Record<string, string>> | undefined): string[] {
  const seen: string[] = [];
  for (const [name, text] of Object.entries(list ?? {})) {
    const amount = quantityFrom(text);
    if (!counted.includes(name) || amount.nanos <= 0n) continue;
    const before = sums.get(name);
    sums.set(name, before === undefined ? amount : addQuantities(before, amount));
    seen.push(name);
  }
  return seen;
}

/** qos.ComputePodQOS: CPU and memory of all containers, init ones too; pod-level resources take their place when set. */
export function podQosClass(pod: DeepReadonly<Pod>): QosClass {
  const requests = new Map<string, Quantity>();
  const limits = new Map<string, Quantity>();
  let everyLimitSet = true;
  const podLevel = pod.spec?.resources;
  const holders =
    podLevel?.requests || podLevel?.limits
      ? [{ resources: podLevel }]
      : [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])];
  for (const { resources } of holders) {
    sumInto(requests, resources?.requests);
    const limited = sumInto(limits, resources?.limits);
    if (!counted.every((name) => limited.includes(name))) everyLimitSet = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  if (!everyLimitSet || requests.size !== limits.size) return 'Burstable';
  for (const [name, request] of requests) {
    const limit = limits.get(name);
    if (limit === undefined || compareQuantities(limit, request) !== 0) return 'Burstable';
  }
  return 'Guaranteed';
}
