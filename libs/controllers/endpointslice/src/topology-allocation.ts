import type { ZoneShares } from './topology-shares';

/** Ready endpoints by the zone they are for. */
export type ZoneCounts = Map<string, number>;

/** What one family of a Service got. */
export interface FamilyHints {
  /** Endpoints for each zone; empty where there are no hints. */
  readonly given: ZoneCounts;
  /** Endpoints there were to give. */
  readonly ready: number;
}

/** How many of a Service's endpoints are for one zone. */
export interface ZoneAllocation {
  minimum: number;
  maximum: number;
  desired: number;
}

/** By how much an endpoint may be asked for more than its part. */
const overloadThreshold = 0.2;

const minimumOf = (wanted: number): number => Math.ceil(wanted * (1 / (1 + overloadThreshold)));

/** Each zone's part of so many endpoints, or why there is none (TopologyCache.getAllocations). */
export function allocate(shares: ZoneShares | undefined, endpoints: number): Map<string, ZoneAllocation> | string {
  if (!shares) {
    return 'Insufficient Node information: allocatable CPU or zone not specified on one or more nodes';
  }
  const figures = `(${endpoints} endpoints, ${shares.size} zones)`;
  if (shares.size > endpoints) return `Insufficient number of endpoints ${figures}`;
  const minimums = [...shares].map(([zone, share]) => ({ zone, wanted: share * endpoints }));
  const spare = endpoints - minimums.reduce((sum, { wanted }) => sum + minimumOf(wanted), 0);
  if (spare < 0) {
    return `Unable to allocate minimum required endpoints to each zone without exceeding overload threshold ${figures}`;
  }
  const allocation = (wanted: number): ZoneAllocation => {
    const minimum = minimumOf(wanted);
    return { minimum, maximum: minimum + spare, desired: Math.max(wanted, minimum) };
  };
  return new Map(minimums.map(({ zone, wanted }) => [zone, allocation(wanted)]));
}

/** Whether hints as given leave a zone too few endpoints, now that the shares are these (serviceOverloaded). */
function isOverloaded(given: ZoneCounts, shares: ZoneShares | undefined): boolean {
  if (!shares) return true;
  const total = [...given.values()].reduce((sum, count) => sum + count, 0);
  return [...shares].some(([zone, share]) => (given.get(zone) ?? -1) < minimumOf(total * share));
}

/** Whether there is reason to look again, now that the shares are these: also where there was no way to give any. */
export function isOutOfShape({ given, ready }: FamilyHints, shares: ZoneShares | undefined): boolean {
  return given.size > 0 ? isOverloaded(given, shares) : typeof allocate(shares, ready) !== 'string';
}

/** How many endpoints each zone gives to others and takes from them (getGivingAndReceivingZones). */
export function transfers(
  allocations: ReadonlyMap<string, ZoneAllocation>,
  given: ZoneCounts,
): { giving: ZoneCounts; receiving: ZoneCounts } {
  const surplus = new Map<string, number>();
  const lack = new Map<string, number>();
  for (const [zone, { desired }] of allocations) {
    const over = (given.get(zone) ?? 0) - desired;
    if (over > 0) surplus.set(zone, over);
    else if (over < 0) lack.set(zone, -over);
  }
  const giving: ZoneCounts = new Map();
  const receiving: ZoneCounts = new Map();
  for (;;) {
    const from = most(surplus);
    const to = most(lack);
    // Half an endpoint is worth moving only to or from where a whole one is.
    if (!from || !to || Math.min(from.count, to.count) < 0.5 || Math.max(from.count, to.count) < 1) break;
    add(giving, from.zone, 1);
    add(surplus, from.zone, -1);
    add(receiving, to.zone, 1);
    add(lack, to.zone, -1);
  }
  return { giving, receiving };
}

function most(zones: ZoneCounts): { zone: string; count: number } | undefined {
  let best: { zone: string; count: number } | undefined;
  for (const [zone, count] of zones) if (count > (best?.count ?? 0)) best = { zone, count };
  return best;
}

export function add(counts: ZoneCounts, zone: string, by: number): void {
  counts.set(zone, (counts.get(zone) ?? 0) + by);
}
