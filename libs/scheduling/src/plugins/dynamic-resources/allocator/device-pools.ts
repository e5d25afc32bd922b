import {
  matchesNodeTerm,
  taintsDevice,
  type DeepReadonly,
  type Device,
  type DeviceTaint,
  type DeviceTaintRule,
  type Node,
  type ResourceSlice,
} from '@nestor/api';
import { deviceId, type DeviceId } from './device-ledger';

export type Slice = DeepReadonly<ResourceSlice>;
export type TaintRule = DeepReadonly<DeviceTaintRule>;
type NodeChoice = Pick<DeepReadonly<Device>, 'nodeName' | 'nodeSelector' | 'allNodes'>;

/** The newest generation of what a driver has under one name. */
export interface Pool {
  readonly id: string;
  readonly slices: readonly Slice[];
  /** The driver is still publishing it. */
  readonly isIncomplete: boolean;
  readonly isInvalid: boolean;
}

export interface Candidate {
  readonly id: DeviceId;
  readonly device: DeepReadonly<Device>;
  /** The device's own, and those that rules give it. */
  readonly taints: readonly DeepReadonly<DeviceTaint>[];
  readonly slice: Slice;
  readonly pool: Pool;
}

function reaches({ nodeName, nodeSelector, allNodes }: NodeChoice, node: DeepReadonly<Node>): boolean {
  if (nodeName) return node.metadata.name === nodeName;
  if (allNodes) return true;
  return nodeSelector?.nodeSelectorTerms.some((term) => matchesNodeTerm(term, node)) ?? false;
}

function isInvalid(slices: readonly Slice[]): boolean {
  const sets = new Map(
    slices.flatMap(({ spec }) => (spec.sharedCounters ?? []).map((one) => [one.name, one.counters] as const)),
  );
  const names = new Set<string>();
  for (const { spec } of slices)
    for (const { name, consumesCounters } of spec.devices ?? []) {
      if (names.has(name)) return true;
      names.add(name);
      for (const { counterSet, counters } of consumesCounters ?? [])
        if (!Object.keys(counters).every((counter) => sets.get(counterSet)?.[counter])) return true;
    }
  return false;
}

function poolOf(id: string, all: readonly Slice[]): Pool {
  const newest = Math.max(...all.map(({ spec }) => spec.pool.generation));
  const slices = all.filter(({ spec }) => spec.pool.generation === newest);
  const isIncomplete = slices.length !== slices[0]?.spec.pool.resourceSliceCount;
  return { id, slices, isIncomplete, isInvalid: isInvalid(slices) };
}

const byName = (a: Slice, b: Slice): number => ((a.metadata.name ?? '') < (b.metadata.name ?? '') ? -1 : 1);
const mustWait = ({ slices }: Pool): boolean =>
  slices.some(({ spec }) => spec.devices?.some(({ bindingConditions }) => bindingConditions?.length));

/** The slices of a cluster by where their devices can be used. */
export class DevicePools {
  private readonly ofNode = new Map<string, Candidate[]>();
  private readonly shared: Candidate[] = [];

  constructor(
    slices: Iterable<Slice>,
    private readonly rules: readonly TaintRule[] = [],
  ) {
    const byPool = new Map<string, Slice[]>();
    for (const slice of [...slices].sort(byName)) {
      const id = `${slice.spec.driver}/${slice.spec.pool.name}`;
      byPool.set(id, [...(byPool.get(id) ?? []), slice]);
    }
    const pools = [...byPool].map(([id, all]) => poolOf(id, all));
    // Devices that have to be waited for come last.
    pools.sort((a, b) => Number(mustWait(a)) - Number(mustWait(b)) || (a.id < b.id ? -1 : 1));
    for (const pool of pools) for (const slice of pool.slices) this.add(pool, slice);
  }

  /** The devices that pods on the node can use, in the order they are tried. */
  candidates(node: DeepReadonly<Node>): Candidate[] {
    const here = this.shared.filter(({ slice: { spec }, device }) =>
      reaches(spec.perDeviceNodeSelection ? device : spec, node),
    );
    return [...(this.ofNode.get(node.metadata.name ?? '') ?? []), ...here];
  }

  private add(pool: Pool, slice: Slice): void {
    const { driver, nodeName, devices = [], pool: of } = slice.spec;
    const candidates = devices.map((device) => ({
      id: deviceId({ driver, pool: of.name, device: device.name }),
      device,
      taints: this.taintsOf(device, { driver, pool: of.name, device: device.name }),
      slice,
      pool,
    }));
    if (!nodeName) return void this.shared.push(...candidates);
    this.ofNode.set(nodeName, [...(this.ofNode.get(nodeName) ?? []), ...candidates]);
  }
  private taintsOf(
    { taints = [] }: DeepReadonly<Device>,
    named: { driver: string; pool: string; device: string },
  ): Candidate['taints'] {
    const ruling = this.rules.filter((rule) => taintsDevice(rule, named));
    return ruling.length === 0 ? taints : [...taints, ...ruling.map(({ spec }) => spec.taint)];
  }
}
