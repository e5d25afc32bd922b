import type { DeepReadonly, EndpointSlice, Service } from '@nestor/api';
import type { ResolvedPort } from './service-ports';
import type { AddressType, Endpoint } from './slice-endpoint';
import { distributionOf, isByTopology, withHints } from './slice-hints';
import type { FamilyHints } from './topology-allocation';
import { topologyHints } from './topology-hints';
import type { ZoneShares } from './topology-shares';

type Slice = DeepReadonly<EndpointSlice>;

/** A slice to write: what one that is there becomes, or without it a new one with these ports. */
export interface SliceDraft {
  readonly slice?: Slice;
  readonly ports: ResolvedPort[];
  readonly endpoints: readonly Endpoint[];
}

export interface SliceEvent {
  type: 'Normal' | 'Warning';
  reason: string;
  message: string;
}

export interface HintedBy {
  service: DeepReadonly<Service>;
  /** The zones' parts of the CPU, for a Service that asks for hints by topology. */
  shares?(): ZoneShares | undefined;
  /** Families that got hints by topology when last looked at. */
  hinted?: ReadonlySet<AddressType>;
}

interface Hints {
  drafts: readonly SliceDraft[];
  /** What hints by topology there are. */
  family?: FamilyHints;
  events: SliceEvent[];
}

/** Hints by topology take all slices of a family together, those by trafficDistribution each endpoint for itself. */
export function giveHints(
  { service, shares, hinted }: HintedBy,
  type: AddressType,
  { drafts, unchanged }: { drafts: readonly SliceDraft[]; unchanged: readonly Slice[] },
): Hints {
  const wasHinted = hinted?.has(type) ?? false;
  if (!isByTopology(service)) {
    const events = wasHinted ? [disabled(type, 'Topology Aware Hints has been disabled')] : [];
    return { drafts: byDistribution(drafts, distributionOf(service)), events };
  }
  const { refusal, ...planned } = topologyHints(shares?.(), drafts, unchanged);
  if (refusal) return { ...planned, events: [disabled(type, refusal)] };
  return { ...planned, events: wasHinted ? [] : [enabled(type)] };
}

const byDistribution = (drafts: readonly SliceDraft[], distribution: string | undefined): SliceDraft[] =>
  drafts.map((draft) => ({
    ...draft,
    endpoints: draft.endpoints.map((endpoint) => withHints(endpoint, distribution)),
  }));

const enabled = (family: AddressType): SliceEvent => ({
  type: 'Normal',
  reason: 'TopologyAwareHintsEnabled',
  message: `Topology Aware Hints has been enabled, addressType: ${family}`,
});

const disabled = (family: AddressType, why: string): SliceEvent => ({
  type: 'Warning',
  reason: 'TopologyAwareHintsDisabled',
  message: `${why}, addressType: ${family}`,
});
