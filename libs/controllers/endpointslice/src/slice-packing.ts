import type { DeepReadonly, EndpointSlice } from '@nestor/api';
import { endpointKey, sameEndpoint, type Endpoint } from './slice-endpoint';

type Slice = DeepReadonly<EndpointSlice>;

export interface Packed {
  /** The endpoints of each slice to make. */
  create: Endpoint[][];
  update: { slice: Slice; endpoints: Endpoint[] }[];
  remove: Slice[];
  unchanged: Slice[];
}

interface Packing {
  slices: readonly Slice[];
  /** By endpointKey. */
  wanted: ReadonlyMap<string, Endpoint>;
  max: number;
  /** Whether a slice must be written whatever its endpoints are. */
  isOutdated(slice: Slice): boolean;
}

/**
 * Few writes rather than few slices (reconcileByPortMapping): what changes anyway is filled first; a slice that would
 * stay as it is takes the rest only if it can take it whole; else there is a new one.
 */
export function packEndpoints({ slices, wanted, max, isOutdated }: Packing): Packed {
  const packed: Packed = { create: [], update: [], remove: [], unchanged: [] };
  const missing = new Map(wanted);
  for (const slice of slices) {
    const { endpoints, isChanged } = keep(slice, missing);
    if (isChanged && endpoints.length === 0) packed.remove.push(slice);
    else if (isChanged || isOutdated(slice)) packed.update.push({ slice, endpoints });
    else packed.unchanged.push(slice);
  }
  const rest = [...missing.values()];
  // The fullest first.
  for (const { endpoints } of [...packed.update].sort((a, b) => b.endpoints.length - a.endpoints.length)) {
    endpoints.push(...rest.splice(0, Math.max(0, max - endpoints.length)));
  }
  while (rest.length > 0) placeRest(packed, rest, max);
  return packed;
}

function keep(slice: Slice, missing: Map<string, Endpoint>): { endpoints: Endpoint[]; isChanged: boolean } {
  const before = slice.endpoints ?? [];
  let isChanged = false;
  const endpoints = before.flatMap((endpoint) => {
    const key = endpointKey(endpoint);
    const wanted = missing.get(key);
    if (!wanted) return [];
    missing.delete(key);
    if (!sameEndpoint(wanted, endpoint)) isChanged = true;
    return wanted;
  });
  return { endpoints, isChanged: isChanged || endpoints.length !== before.length };
}

function placeRest(packed: Packed, rest: Endpoint[], max: number): void {
  const slice = rest.length < max ? closestToFull(packed.unchanged, rest.length, max) : undefined;
  if (!slice) {
    packed.create.push(rest.splice(0, max));
    return;
  }
  packed.unchanged.splice(packed.unchanged.indexOf(slice), 1);
  packed.update.push({ slice, endpoints: [...((slice.endpoints ?? []) as Endpoint[]), ...rest.splice(0)] });
}

/** getSliceToFill: an empty slice is no better than a new one. */
function closestToFull(slices: readonly Slice[], more: number, max: number): Slice | undefined {
  const room = (slice: Slice): number => max - more - (slice.endpoints?.length ?? 0);
  const fitting = slices.filter((slice) => room(slice) >= 0 && room(slice) < max);
  return fitting.reduce<Slice | undefined>((best, one) => (best && room(best) <= room(one) ? best : one), undefined);
}
