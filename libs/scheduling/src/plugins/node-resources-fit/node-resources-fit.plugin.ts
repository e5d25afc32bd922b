import { isDeviceResource, isExtendedResource } from '@nestor/api';
import type { FilterPlugin, ScorePlugin, SignPlugin } from '../../framework/plugin';
import { ClusterEventInterest, FreedRoom, interest } from '../../framework/cluster-event';
import { Rejection, rejection } from '../../framework/rejection';
import type { CycleState } from '../../framework/cycle-state';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { ResourceShares, ResourceWeight } from './resource-shares';
import { deviceResourcesOf, type DeviceResources } from '../dynamic-resources/extended/device-resources';
import {
  ScoringStrategy,
  ShapePoint,
  leastAllocated,
  mostAllocated,
  requestedToCapacityRatio,
} from './scoring-strategies';

export interface NodeResourcesFitArgs {
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
  readonly scoringStrategy?: {
    readonly type: 'LeastAllocated' | 'MostAllocated' | 'RequestedToCapacityRatio';
    readonly resources?: readonly ResourceWeight[];
    readonly requestedToCapacityRatio?: { readonly shape: readonly ShapePoint[] };
  };
}

export const cpuAndMemory: readonly ResourceWeight[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

function strategyOf({ scoringStrategy }: NodeResourcesFitArgs): ScoringStrategy {
  switch (scoringStrategy?.type) {
    case 'MostAllocated':
      return mostAllocated;
    case 'RequestedToCapacityRatio':
      return requestedToCapacityRatio(scoringStrategy.requestedToCapacityRatio?.shape ?? []);
    default:
      return leastAllocated;
  }
}

interface Shortage {
  reason: string;
  /** The node could not hold the pod even when empty. */
  never: boolean;
}

/** What the usual pod asks for, without a list of what is short. */
function fitsPlainly({ requests }: PodInfo, { requested, allocatable, pods, allocatablePods }: NodeInfo): boolean {
  return (
    pods.size < allocatablePods &&
    (requests.milliCpu === 0 || requests.milliCpu <= allocatable.milliCpu - requested.milliCpu) &&
    (requests.memory === 0 || requests.memory <= allocatable.memory - requested.memory) &&
    requests.ephemeralStorage === 0 &&
    requests.scalars.size === 0
  );
}

function shortages(pod: PodInfo, node: NodeInfo, isIgnored: (name: string) => boolean): readonly Shortage[] {
  if (fitsPlainly(pod, node)) return [];
  const found: Shortage[] = [];
  if (node.pods.size + 1 > node.allocatablePods)
    found.push({ reason: 'Too many pods', never: node.allocatablePods === 0 });
  const check = (name: string, asked: number, used: number, allocatable: number): void => {
    if (asked > 0 && asked > allocatable - used)
      found.push({ reason: `Insufficient ${name}`, never: asked > allocatable });
  };
  const { requests } = pod;
  check('cpu', requests.milliCpu, node.requested.milliCpu, node.allocatable.milliCpu);
  check('memory', requests.memory, node.requested.memory, node.allocatable.memory);
  check(
    'ephemeral-storage',
    requests.ephemeralStorage,
    node.requested.ephemeralStorage,
    node.allocatable.ephemeralStorage,
  );
  for (const [name, asked] of requests.scalars)
    if (!isIgnored(name))
      check(name, asked, node.requested.scalars.get(name) ?? 0, node.allocatable.scalars.get(name) ?? 0);
  return found;
}

/** A copy of the node without some pods and with others. */
function changedNode(node: NodeInfo, gone: readonly PodInfo[], come: readonly PodInfo[]): NodeInfo {
  const copy = node.clone();
  for (const { uid } of gone) copy.removePod(uid);
  for (const pod of come) copy.addPod(pod);
  return copy;
}

/** Whether a node has room for what the pod requests, and how much stays free. */
export class NodeResourcesFit implements FilterPlugin, ScorePlugin, SignPlugin {
  static readonly pluginName = 'NodeResourcesFit';
  readonly name = NodeResourcesFit.pluginName;
  readonly events: readonly ClusterEventInterest[] = [
    interest('PodRemoved', (pod, event) => this.makesRoom(pod, event), { sameForEqualPods: true }),
    interest('PodChanged', (_pod, { changed }) => changed.has('requests')),
    interest('NodeAdded', (pod, { node }) => this.shortages(pod, node).length === 0),
    interest(
      'NodeUpdated',
      (pod, { node, changed }) => changed.has('allocatable') && this.shortages(pod, node).length === 0,
    ),
    ...(['DeviceClass/Add', 'DeviceClass/Update'] as const).map((kind) => ({
      kind,
      helps: (pod: PodInfo) => deviceResourcesOf(pod, this.classes).length > 0,
    })),
  ];

  private readonly refusals = new Map<string, Rejection>();

  private readonly strategy: ScoringStrategy;
  private readonly shares: ResourceShares;
  private readonly ignored: ReadonlySet<string>;
  private readonly ignoredGroups: ReadonlySet<string>;

  /** `classes` tells what devices stand for; nothing where it is absent. */
  constructor(
    args: NodeResourcesFitArgs = {},
    private readonly classes: DeviceResources = () => undefined,
  ) {
    this.strategy = strategyOf(args);
    this.shares = new ResourceShares(args.scoringStrategy?.resources ?? cpuAndMemory, true);
    this.ignored = new Set(args.ignoredResources);
    this.ignoredGroups = new Set(args.ignoredResourceGroups);
  }

  /** What devices stand for may change while pods wait. */
  signPod(pod: PodInfo): string {
    const byDevices = deviceResourcesOf(pod, this.classes);
    return byDevices.length === 0 ? pod.requestsText : `${pod.requestsText} but ${byDevices.join()}`;
  }

  filter(_state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    const found = this.shortages(pod, node);
    if (found.length === 0) return undefined;
    const code = found.some(({ never }) => never) ? 'unresolvable' : 'unschedulable';
    return this.refusal(
      code,
      found.map(({ reason }) => reason),
    );
  }

  /**
   * A pod that waits fits on no other node, so it has to fit on this one, beside those nominated there that it gives
   * way to. Where the pod that left could not have been preempted for it, preempting the others may help now.
   */
  private makesRoom(pod: PodInfo, { pod: left, room }: { pod: PodInfo; room?: FreedRoom }): boolean {
    if (!room) return true;
    const { node, nominated } = room;
    const counts = (other: PodInfo): boolean => other.priority >= pod.priority;
    const stay = nominated.filter(counts);
    if (counts(left)) {
      const lower = [...node.pods.values()].filter((other) => !counts(other));
      if (lower.length > 0) return this.shortages(pod, changedNode(node, lower, stay)).length === 0;
    }
    return this.shortages(pod, stay.length === 0 ? node : changedNode(node, [], stay)).length === 0;
  }

  private shortages(pod: PodInfo, node: NodeInfo): readonly Shortage[] {
    return shortages(pod, node, (name) => this.isIgnored(name) || this.isByDevices(name, node));
  }

  /** A node that does not count the resource itself may have devices for it: DynamicResources looks for them. */
  private isByDevices(name: string, { allocatable }: NodeInfo): boolean {
    return !allocatable.scalars.get(name) && isDeviceResource(name) && this.classes(name) !== undefined;
  }

  private isIgnored(name: string): boolean {
    if (this.ignored.size === 0 && this.ignoredGroups.size === 0) return false;
    const [group = ''] = name.split('/', 1);
    return isExtendedResource(name) && (this.ignored.has(name) || this.ignoredGroups.has(group));
  }

  /** Thousands of nodes lack the same: they share one answer. */
  private refusal(code: Rejection['code'], reasons: readonly string[]): Rejection {
    const key = `${code} ${reasons.join()}`;
    let known = this.refusals.get(key);
    if (!known) this.refusals.set(key, (known = rejection(this.name, code, ...reasons)));
    return known;
  }

  score(_state: CycleState, pod: PodInfo, node: NodeInfo): number {
    return this.strategy(this.shares.of(pod, node));
  }
}
