import type { DeepReadonly, Node } from '@nestor/api';
import { readyOf } from './node-health.plan';

export type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

export interface DisruptionLimits {
  /** Nodes a second whose pods may be evicted, in a zone that is well or all gone. */
  evictionRate: number;
  /** The same in a large zone with many nodes gone; a small one evicts none then. */
  secondaryEvictionRate: number;
  /** Share of nodes not ready from which a zone counts as disrupted. */
  unhealthyZoneThreshold: number;
  /** Zones with more nodes than this are large. */
  largeClusterSizeThreshold: number;
}

export const defaultLimits: DisruptionLimits = {
  evictionRate: 0.1,
  secondaryEvictionRate: 0.01,
  unhealthyZoneThreshold: 0.55,
  largeClusterSizeThreshold: 50,
};

export interface Disruption {
  /** Every zone is gone: more likely it is us who see nothing, so nobody is evicted. */
  isTotal: boolean;
  /** Nodes a second, by zone. */
  rates: ReadonlyMap<string, number>;
}

/** Region and zone in one text, as nodetopology.GetZoneKey. */
export function zoneOf({ metadata }: DeepReadonly<Node>): string {
  const { 'topology.kubernetes.io/region': region = '', 'topology.kubernetes.io/zone': zone = '' } =
    metadata.labels ?? {};
  return region === '' && zone === '' ? '' : `${region}:\x00:${zone}`;
}

/** ComputeZoneState. */
export function zoneState(ready: number, notReady: number, threshold: number): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  return notReady > 2 && notReady / (notReady + ready) >= threshold ? 'PartialDisruption' : 'Normal';
}

/** How fast pods may be evicted from nodes that are not ready, judged by how many there are. */
export function planDisruption(nodes: readonly DeepReadonly<Node>[], limits: DisruptionLimits): Disruption {
  const zones = new Map<string, { ready: number; notReady: number }>();
  for (const node of nodes) {
    const zone = zoneOf(node);
    const counts = zones.get(zone) ?? { ready: 0, notReady: 0 };
    zones.set(zone, counts);
    if (readyOf(node)?.status === 'True') counts.ready++;
    else counts.notReady++;
  }
  const rates = new Map<string, number>();
  let isTotal = zones.size > 0;
  for (const [zone, { ready, notReady }] of zones) {
    const state = zoneState(ready, notReady, limits.unhealthyZoneThreshold);
    if (state !== 'FullDisruption') isTotal = false;
    const isLarge = ready + notReady > limits.largeClusterSizeThreshold;
    const reduced = isLarge ? limits.secondaryEvictionRate : 0;
    rates.set(zone, state === 'PartialDisruption' ? reduced : limits.evictionRate);
  }
  return { isTotal, rates };
}

/** One node at once and then as many a second as the zone's rate says. */
export class EvictionGate {
  private readonly tokens = new Map<string, { left: number; at: number }>();

  allow(zone: string, rate: number, now: number): boolean {
    const bucket = this.tokens.get(zone) ?? { left: 1, at: now };
    bucket.left = Math.min(1, bucket.left + ((now - bucket.at) / 1000) * rate);
    bucket.at = now;
    this.tokens.set(zone, bucket);
    if (rate <= 0 || bucket.left < 1) return false;
    bucket.left -= 1;
    return true;
  }
}
