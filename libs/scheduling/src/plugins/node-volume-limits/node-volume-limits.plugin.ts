import type { CsiNode, DeepReadonly } from '@nestor/api';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { ClusterEventInterest, interest } from '../../framework/cluster-event';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import type { FilterPlugin, PreFilterOutcome, PreFilterPlugin } from '../../framework/plugin';
import { Rejection, rejection } from '../../framework/rejection';
import { migratedOn } from '../../volumes/csi-translation';
import { storageInterest, usesClaim } from '../../volumes/storage-events';
import type { StorageView } from '../../volumes/storage-view';
import { AttachableVolumes, addAttachable, uniqueName } from './attachable-volumes';

const name = 'NodeVolumeLimits';
const skip = { skip: true } as const;
const full = rejection(name, 'unschedulable', 'node(s) exceed max volume count');

/** What the pod brings, worked out once for all nodes with the same migrated plugins. */
type Wanted = Map<string, AttachableVolumes | Rejection>;

type Driver = DeepReadonly<CsiNode>['spec']['drivers'][number];

function allowsMore(after: Driver, before: readonly Driver[]): boolean {
  const known = before.find((one) => one.name === after.name)?.allocatable?.count;
  return known !== undefined && (after.allocatable?.count ?? Infinity) > known;
}

/** The node's limits of the drivers that the pod needs. */
function limitsFor(wanted: AttachableVolumes, csiNode: DeepReadonly<CsiNode> | undefined): Map<string, number> {
  const limits = new Map<string, number>();
  const needed = new Set(wanted.values());
  for (const { name: driver, allocatable } of csiNode?.spec.drivers ?? [])
    if (allocatable?.count !== undefined && needed.has(driver)) limits.set(driver, allocatable.count);
  return limits;
}

/** A node that has too many already still takes a pod that brings none. */
function exceeds(wanted: AttachableVolumes, there: AttachableVolumes, limits: ReadonlyMap<string, number>): boolean {
  const counts = new Map<string, number>();
  const count = (driver: string): void => void counts.set(driver, (counts.get(driver) ?? 0) + 1);
  for (const driver of there.values()) count(driver);
  const brought = [...wanted].filter(([volume]) => !there.has(volume)).map(([, driver]) => driver);
  brought.forEach(count);
  return brought.some((driver) => (counts.get(driver) ?? 0) > (limits.get(driver) ?? Infinity));
}

/** A node takes no more volumes of a CSI driver than its CSINode says. */
export class NodeVolumeLimits implements PreFilterPlugin, FilterPlugin {
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[] = [
    storageInterest('CSINode', 'Add'),
    storageInterest('CSINode', 'Update', (_pod, { object, before }) =>
      object.spec.drivers.some((driver) => allowsMore(driver, before?.spec.drivers ?? [])),
    ),
    interest('PodRemoved', (_pod, event) => event.pod.storage !== undefined),
    storageInterest('PersistentVolumeClaim', 'Add', (pod, change) => usesClaim(pod, change)),
    storageInterest('VolumeAttachment', 'Delete'),
  ];

  constructor(private readonly storage: StorageView) {}

  preFilter(state: CycleState, { storage }: PodInfo): PreFilterOutcome {
    if (!storage) return skip;
    state.write<Wanted>(name, new Map());
    return undefined;
  }

  filter(state: CycleState, pod: PodInfo, node: NodeInfo): Rejection | undefined {
    const csiNode = this.storage.csiNodes.get(node.name);
    const onNode = migratedOn(csiNode);
    const wanted = this.wanted(state, pod, onNode);
    if (!(wanted instanceof Map)) return wanted;
    if (wanted.size === 0) return undefined;
    const limits = limitsFor(wanted, csiNode);
    if (limits.size === 0) return undefined;
    return exceeds(wanted, this.attached(node, onNode), limits) ? full : undefined;
  }

  filterAll(state: CycleState, pod: PodInfo, nodes: FeasibleNodes): void {
    nodes.filterEach((node) => this.filter(state, pod, node));
  }

  private wanted(state: CycleState, pod: PodInfo, onNode: string): AttachableVolumes | Rejection {
    const known = state.read<Wanted>(name);
    let wanted = known.get(onNode);
    if (wanted) return wanted;
    const volumes: AttachableVolumes = new Map();
    const missing: string[] = [];
    addAttachable(pod, this.storage, onNode, volumes, (message) => missing.push(message));
    wanted = missing.length > 0 ? rejection(name, 'unresolvable', missing[0] as string) : volumes;
    known.set(onNode, wanted);
    return wanted;
  }

  /** What is attached to the node, or will be for the pods there. */
  private attached(node: NodeInfo, onNode: string): AttachableVolumes {
    const attached: AttachableVolumes = new Map();
    for (const pod of node.pods.values()) if (pod.storage) addAttachable(pod, this.storage, onNode, attached);
    for (const { spec } of this.storage.attachments.in(node.name)) {
      const csi = this.storage.volumes.get(spec.source.persistentVolumeName ?? '')?.spec?.csi;
      if (csi && spec.attacher)
        attached.set(uniqueName({ driver: spec.attacher, handle: csi.volumeHandle }), spec.attacher);
    }
    return attached;
  }
}
