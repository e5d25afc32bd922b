import { semanticEqual, type DeepReadonly, type EndpointSlice } from '@nestor/api';
import type { SliceDraft } from './give-hints';
import type { Endpoint } from './slice-endpoint';
import {
  add,
  allocate,
  transfers,
  type FamilyHints,
  type ZoneAllocation,
  type ZoneCounts,
} from './topology-allocation';
import type { ZoneShares } from './topology-shares';

type Slice = DeepReadonly<EndpointSlice>;
type Observed = DeepReadonly<Endpoint>;

export interface TopologyHints {
  /** As they came but with hints, and with them slices that would have stayed as they are. */
  drafts: SliceDraft[];
  family: FamilyHints;
  /** Why there are none. */
  refusal?: string;
}

/** Hints by which each zone gets endpoints as it has CPU, its own ones first (TopologyCache.AddHints). */
export function topologyHints(
  shares: ZoneShares | undefined,
  drafts: readonly SliceDraft[],
  unchanged: readonly Slice[],
): TopologyHints {
  const all = [...drafts, ...unchanged].flatMap((slice): readonly Observed[] => slice.endpoints ?? []);
  const count = all.filter(isReady).length;
  const refused = (refusal: string): TopologyHints => ({
    drafts: withoutHints(drafts, unchanged),
    family: { given: new Map(), ready: count },
    refusal,
  });
  const allocations = allocate(shares, count);
  if (typeof allocations === 'string') return refused(allocations);
  const given: ZoneCounts = new Map();
  const refit = unchanged.filter((slice) => !accept(slice, allocations, given)).map(draftOf);
  const written = [...drafts, ...refit];
  const ready = written.flatMap(({ endpoints }) => endpoints.filter(isReady));
  if (ready.some(({ zone }) => !zone)) return refused('One or more endpoints do not have a zone specified');
  const zones = zonesFor(ready, allocations, given);
  const give = (draft: SliceDraft): SliceDraft => ({
    ...draft,
    endpoints: draft.endpoints.map((endpoint) => hinted(endpoint, zones.get(endpoint))),
  });
  return {
    // What does not fit but has no better way is not written again and again.
    drafts: [...drafts.map(give), ...refit.map(give).filter(hasOtherHints)],
    family: { given, ready: count },
  };
}

const hasOtherHints = ({ slice, endpoints }: SliceDraft): boolean =>
  endpoints.some(({ hints }, index) => !semanticEqual(hints, slice?.endpoints?.[index]?.hints));

/** Each in its own zone to begin with, then as many as must to others. */
function zonesFor(
  endpoints: readonly Endpoint[],
  allocations: ReadonlyMap<string, ZoneAllocation>,
  given: ZoneCounts,
): Map<Endpoint, string> {
  const zones = new Map(endpoints.map((endpoint) => [endpoint, endpoint.zone ?? '']));
  for (const zone of zones.values()) add(given, zone, 1);
  const { giving, receiving } = transfers(allocations, given);
  for (const [endpoint, zone] of zones) {
    if (!giving.get(zone)) continue;
    const to = [...receiving].find(([, count]) => count > 0)?.[0];
    if (!to) break;
    zones.set(endpoint, to);
    add(giving, zone, -1);
    add(receiving, to, -1);
    add(given, zone, -1);
    add(given, to, 1);
  }
  return zones;
}

/** Counts the hints of a slice that may stay as it is; refuses one that lacks some or gives a zone too many (getHintsByZone). */
function accept(
  { endpoints = [] }: Slice,
  allocations: ReadonlyMap<string, ZoneAllocation>,
  given: ZoneCounts,
): boolean {
  const own: ZoneCounts = new Map();
  for (const { hints } of endpoints.filter(isReady)) {
    if (!hints?.forZones?.length) return false;
    for (const { name } of hints.forZones) add(own, name, 1);
  }
  for (const [zone, count] of own) {
    if (count + (given.get(zone) ?? 0) > (allocations.get(zone)?.maximum ?? 0)) return false;
  }
  for (const [zone, count] of own) add(given, zone, count);
  return true;
}

function withoutHints(drafts: readonly SliceDraft[], unchanged: readonly Slice[]): SliceDraft[] {
  const hintedSlices = unchanged.filter(({ endpoints = [] }) => endpoints.some(({ hints }) => hints !== undefined));
  const strip = ({ hints: _hints, ...endpoint }: Endpoint): Endpoint => endpoint;
  const written = [...drafts, ...hintedSlices.map(draftOf)];
  return written.map((draft) => ({ ...draft, endpoints: draft.endpoints.map(strip) }));
}

/** Of one that is there the ports stay. */
const draftOf = (slice: Slice): SliceDraft => ({
  slice,
  ports: [],
  endpoints: (slice.endpoints ?? []) as Endpoint[],
});

const isReady = ({ conditions }: Observed): boolean => conditions?.ready === true;

/** Endpoints that are not ready are left as they are. */
function hinted(endpoint: Endpoint, zone: string | undefined): Endpoint {
  return zone === undefined ? endpoint : { ...endpoint, hints: { forZones: [{ name: zone }] } };
}
