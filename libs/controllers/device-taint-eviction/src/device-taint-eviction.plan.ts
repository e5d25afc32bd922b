import {
  isReservedFor,
  notForPod,
  podClaimName,
  taintsDevice,
  toleratesDeviceTaint,
  type DeepReadonly,
  type DeviceTaint,
  type DeviceTaintRule,
  type Pod,
  type ResourceClaim,
  type ResourceSlice,
} from '@nestor/api';

export type Rule = DeepReadonly<DeviceTaintRule>;
export type Slice = DeepReadonly<ResourceSlice>;
export type Claim = DeepReadonly<ResourceClaim>;
export type ReadPod = DeepReadonly<Pod>;
type Taint = DeepReadonly<DeviceTaint>;
type Result = NonNullable<
  NonNullable<NonNullable<NonNullable<Claim['status']>['allocation']>['devices']>['results']
>[number];

/** Where the taints of devices come from, and who uses devices. */
export interface ObservedDevices {
  claim(namespace: string, name: string): Claim | undefined;
  /** All slices of a pool, those of older generations included. */
  slices(driver: string, pool: string): readonly Slice[];
  rules: readonly Rule[];
}

export interface Eviction {
  /** Milliseconds since 1970. */
  readonly when: number;
  /** The rules among the reasons for it. */
  readonly rules: ReadonlySet<Rule>;
}

const isEvicting = ({ effect }: Taint): boolean => effect === 'NoExecute';

export const hasEvictingTaints = ({ spec }: Slice): boolean =>
  spec.devices?.some(({ taints }) => taints?.some(isEvicting)) ?? false;

export const devicesOf = ({ status }: Claim): readonly Result[] => status?.allocation?.devices?.results ?? [];

/** When a pod has to leave, because of any of its claims; never for a pod without a node or a reservation. */
export function podEviction(pod: ReadPod, observed: ObservedDevices): Eviction | undefined {
  if (!pod.spec?.nodeName) return undefined;
  return earliest(claimsInUse(pod, observed).map((claim) => claimEviction(claim, observed)));
}

function claimsInUse(pod: ReadPod, { claim: find }: ObservedDevices): Claim[] {
  const { namespace = '' } = pod.metadata;
  const named = (pod.spec?.resourceClaims ?? []).map((one) => podClaimName(pod, one));
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  if (extended !== undefined) named.push({ name: extended, generated: true });
  return named.flatMap((known) => {
    const claim = typeof known === 'string' ? undefined : find(namespace, known.name);
    if (!claim || typeof known === 'string' || !isReservedFor(pod, claim)) return [];
    return known.generated && notForPod(pod, claim) !== undefined ? [] : [claim];
  });
}

function claimEviction(claim: Claim, observed: ObservedDevices): Eviction | undefined {
  return earliest(devicesOf(claim).flatMap((result) => taintEvictions(result, observed)));
}

function taintEvictions(result: Result, observed: ObservedDevices): (Eviction | undefined)[] {
  const devices = newestSlices(observed.slices(result.driver, result.pool)).flatMap(({ spec }) => spec.devices ?? []);
  const own = devices.find(({ name }) => name === result.device)?.taints ?? [];
  const ruling = observed.rules.filter((rule) => isEvicting(rule.spec.taint) && taintsDevice(rule, result));
  return [
    ...own.filter(isEvicting).map((taint) => eviction(taint, result, new Set())),
    ...ruling.map((rule) => eviction(rule.spec.taint, result, new Set([rule]))),
  ];
}

/** Of several tolerations the shortest counts, and a negative one means at once; one without an end ends it all. */
function eviction(taint: Taint, { tolerations = [] }: Result, rules: ReadonlySet<Rule>): Eviction | undefined {
  const added = Date.parse(taint.timeAdded ?? '1970-01-01T00:00:00Z');
  const tolerating = tolerations.filter((one) => toleratesDeviceTaint(one, taint));
  if (tolerating.length === 0) return { when: added, rules };
  if (tolerating.some(({ tolerationSeconds }) => tolerationSeconds === undefined)) return undefined;
  const seconds = tolerating.map(({ tolerationSeconds = 0 }) => Math.max(0, tolerationSeconds));
  return { when: added + Math.min(...seconds) * 1000, rules };
}

/** What an older generation of a pool says is out of date. */
export function newestSlices(slices: readonly Slice[]): Slice[] {
  const newest = Math.max(...slices.map(({ spec }) => spec.pool.generation));
  return slices.filter(({ spec }) => spec.pool.generation === newest);
}

function earliest(evictions: readonly (Eviction | undefined)[]): Eviction | undefined {
  const found = evictions.filter((one) => one !== undefined);
  if (found.length === 0) return undefined;
  return {
    when: Math.min(...found.map(({ when }) => when)),
    rules: new Set(found.flatMap(({ rules }) => [...rules])),
  };
}
