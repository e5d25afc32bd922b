import { DeepReadonly, Pod, Toleration, podRequests, quantityMilliValue, quantityValue } from '@nestor/api';
import { HostPort, hostPortsOf } from './host-ports';
import { ResourceAmounts, amountsFrom } from './resource-amounts';

type Spec = NonNullable<DeepReadonly<Pod>['spec']>;

/** What a pod's containers take up on a node. */
export interface ContainerNeeds {
  readonly requests: ResourceAmounts;
  /** Requests with kube-scheduler's stand-ins for containers that ask for nothing, used for scoring only. */
  readonly scoringCpu: number;
  readonly scoringMemory: number;
  /** The same text for equal requests. */
  readonly requestsText: string;
  readonly hostPorts: readonly HostPort[];
}

/** kube-scheduler's DefaultMilliCPURequest and DefaultMemoryRequest: what an unset request counts for in scoring. */
const defaultMilliCpu = 100;
const defaultMemory = 200 * 1024 * 1024;

export const readQuantity = { milli: quantityMilliValue, value: quantityValue };

interface Known extends Pick<Spec, 'initContainers' | 'overhead' | 'resources'> {
  needs: ContainerNeeds;
}

/** Informers keep the containers of equal pods once, so most pods find here what another one needed. */
const known = new WeakMap<object, Known>();
const knownTexts = new WeakMap<object, string>();

export function containerNeeds(pod: DeepReadonly<Pod>): ContainerNeeds {
  const { containers, initContainers, overhead, resources } = pod.spec ?? {};
  if (!containers) return computeNeeds(pod);
  const found = known.get(containers);
  const isSame =
    found && found.initContainers === initContainers && found.overhead === overhead && found.resources === resources;
  if (isSame) return found.needs;
  const needs = computeNeeds(pod);
  known.set(containers, { initContainers, overhead, resources, needs });
  return needs;
}

/** The same text for equal tolerations. */
export function tolerationsText(tolerations: readonly DeepReadonly<Toleration>[] | undefined): string {
  if (!tolerations?.length) return '';
  let text = knownTexts.get(tolerations);
  if (text === undefined) knownTexts.set(tolerations, (text = JSON.stringify(tolerations)));
  return text;
}

function computeNeeds(pod: DeepReadonly<Pod>): ContainerNeeds {
  const requests = amountsFrom(podRequests(pod), readQuantity);
  const scoringCpu = Math.max(requests.milliCpu, scoringAmount(pod, 'cpu', defaultMilliCpu, quantityMilliValue));
  const scoringMemory = Math.max(requests.memory, scoringAmount(pod, 'memory', defaultMemory, quantityValue));
  const requestsText = textOf(requests, scoringCpu, scoringMemory);
  return { requests, scoringCpu, scoringMemory, requestsText, hostPorts: hostPortsOf(pod) };
}

function scoringAmount(
  pod: DeepReadonly<Pod>,
  resource: string,
  fallback: number,
  read: (quantity: string) => number,
): number {
  return (pod.spec?.containers ?? []).reduce((sum, container) => {
    const asked = container.resources?.requests?.[resource];
    return sum + (asked === undefined ? fallback : read(asked));
  }, 0);
}

function textOf({ milliCpu, memory, ephemeralStorage, scalars }: ResourceAmounts, cpu: number, bytes: number): string {
  const extended = scalars.size === 0 ? '' : JSON.stringify([...scalars].sort());
  return `${milliCpu} ${memory} ${ephemeralStorage} ${cpu} ${bytes}${extended}`;
}
