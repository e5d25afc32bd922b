import {
  ipAllocator,
  ipManagedByLabel,
  isHostOf,
  parseIp,
  rangeContains,
  rangesOf,
  type DeepReadonly,
  type IpAddress,
  type ServiceCidr,
} from '@nestor/api';

export const finalizer = 'networking.k8s.io/service-cidr-finalizer';
/** For API servers to learn that they must give out no more of a range that goes. */
export const graceMs = 10_000;

type Cidr = DeepReadonly<ServiceCidr>;
type Address = DeepReadonly<IpAddress>;
type Condition = NonNullable<NonNullable<ServiceCidr['status']>['conditions']>[number];

export interface ServiceCidrPlan {
  /** What the finalizers should be, where they are not. */
  finalizers?: string[];
  condition?: Omit<Condition, 'lastTransitionTime'>;
  requeueAfter?: number;
}

const ready = {
  type: 'Ready',
  status: 'True',
  reason: '',
  message: 'Kubernetes Service CIDR is ready',
};
const terminating = {
  type: 'Ready',
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
};

export interface ObservedCidr {
  cidr: Cidr;
  all: readonly Cidr[];
  addresses: readonly Address[];
}

/** Controller.sync of servicecidrs. */
export function planServiceCidr(observed: ObservedCidr, now: number): ServiceCidrPlan {
  const { metadata } = observed.cidr;
  const { finalizers = [], deletionTimestamp } = metadata;
  const isKept = finalizers.includes(finalizer);
  if (!deletionTimestamp) {
    return { ...(isKept ? {} : { finalizers: [...finalizers, finalizer] }), ...conditionOf(observed.cidr, ready) };
  }
  if (!isKept) return {};
  if (!mayGo(observed)) return conditionOf(observed.cidr, terminating);
  const left = graceMs - (now - Date.parse(deletionTimestamp));
  return left > 0 ? { requeueAfter: left } : { finalizers: finalizers.filter((name) => name !== finalizer) };
}

function conditionOf({ status }: Cidr, wanted: typeof ready): Pick<ServiceCidrPlan, 'condition'> {
  const found = status?.conditions?.find(({ type }) => type === 'Ready');
  const isSame = found?.status === wanted.status && (found.reason ?? '') === wanted.reason;
  // The API server says in other words that its default range is ready.
  return isSame ? {} : { condition: wanted };
}

/** Whether no address of a Service would be left without a range (canDeleteCIDR). */
function mayGo({ cidr, all, addresses }: ObservedCidr): boolean {
  const others = all.filter(({ metadata }) => metadata.name !== cidr.metadata.name).flatMap(rangesOf);
  const own = rangesOf(cidr);
  if (own.every((range) => others.some((other) => rangeContains(other, range)))) return true;
  return !addresses.some((address) => {
    const ip = isServiceAddress(address) ? parseIp(address.metadata.name ?? '') : undefined;
    return ip && own.some((range) => isHostOf(range, ip)) && !others.some((other) => isHostOf(other, ip));
  });
}

export const isServiceAddress = ({ metadata }: Address): boolean => metadata.labels?.[ipManagedByLabel] === ipAllocator;
