import type { Container, DeepReadonly, Pod } from '../../meta/json-types';
import type { Quantity } from '../../meta/quantity';
import { addQuantities, compareQuantities, formatQuantity, quantityFrom } from '../../meta/quantity';

type ResourceList = Readonly<Record<string, string>>;
type Amounts = Map<string, Quantity>;
type Which = 'requests' | 'limits';

/** A sidecar: an init container that keeps running beside the others. */
export const isRestartableInitContainer = (
  container: Pick<DeepReadonly<Container>, 'restartPolicy'> | undefined,
): boolean => container?.restartPolicy === 'Always';

function add(into: Amounts, list: ResourceList | undefined): void {
  for (const [name, text] of Object.entries(list ?? {})) {
    const amount = quantityFrom(text);
    const before = into.get(name);
    into.set(name, before === undefined ? amount : addQuantities(before, amount));
  }
}

function max(into: Amounts, amounts: Amounts): void {
  for (const [name, amount] of amounts) {
    const before = into.get(name);
    if (before === undefined || compareQuantities(amount, before) > 0) into.set(name, amount);
  }
}

/**
 * resourcehelper.AggregateContainerRequests: containers and sidecars run together; each plain init container runs
 * beside the sidecars started before it, and only its peak counts.
 */
function aggregate(pod: DeepReadonly<Pod>, which: Which): Amounts {
  const total: Amounts = new Map();
  const sidecars: Amounts = new Map();
  const peak: Amounts = new Map();
  for (const container of pod.spec?.containers ?? []) add(total, container.resources?.[which]);
  for (const container of pod.spec?.initContainers ?? []) {
    const list = container.resources?.[which];
    if (isRestartableInitContainer(container)) {
      add(total, list);
      add(sidecars, list);
      max(peak, sidecars);
    } else {
      const during: Amounts = new Map(sidecars);
      add(during, list);
      max(peak, during);
    }
  }
  max(total, peak);
  return total;
}

function aggregateWithPodLevel(pod: DeepReadonly<Pod>, which: Which): Amounts {
  const total = aggregate(pod, which);
  for (const [name, text] of Object.entries(pod.spec?.resources?.[which] ?? {})) total.set(name, quantityFrom(text));
  return total;
}

const asList = (amounts: Amounts): Record<string, string> =>
  Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));

/** What the scheduler and the kubelet count a pod as: containers, sidecars, init peak and overhead. */
export function podRequests(pod: DeepReadonly<Pod>): Record<string, string> {
  const total = aggregateWithPodLevel(pod, 'requests');
  add(total, pod.spec?.overhead);
  return asList(total);
}

/** The same of limits; overhead is added only to what has a limit. */
export function podLimits(pod: DeepReadonly<Pod>): Record<string, string> {
  const total = aggregateWithPodLevel(pod, 'limits');
  const overhead = Object.entries(pod.spec?.overhead ?? {}).filter(([name]) => total.has(name));
  add(total, Object.fromEntries(overhead));
  return asList(total);
}
