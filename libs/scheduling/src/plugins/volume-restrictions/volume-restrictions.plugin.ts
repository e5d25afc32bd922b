import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { ClusterEventInterest, interest } from '../../framework/cluster-event';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import type { FilterPlugin, PreFilterOutcome, PreFilterPlugin } from '../../framework/plugin';
import { Rejection, rejection } from '../../framework/rejection';
import type { PodStorage } from '../../volumes/pod-storage';
import { storageInterest, usesClaim } from '../../volumes/storage-events';
import type { StorageView } from '../../volumes/storage-view';
import { disksConflict } from './disk-conflicts';

const name = 'VolumeRestrictions';
const skip = { skip: true } as const;
const diskTaken = rejection(name, 'unschedulable', 'node(s) had no available disk');
const claimTaken = rejection(
  name,
  'unschedulable',
  'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode',
);

/** How often the pod's claims for one pod only are in use; preemption tries what it is without some pods. */
class ClaimsForOnePod {
  constructor(
    private readonly keys: ReadonlySet<string>,
    private uses: number,
  ) {}

  clone(): ClaimsForOnePod {
    return new ClaimsForOnePod(this.keys, this.uses);
  }

  get areInUse(): boolean {
    return this.uses > 0;
  }

  count(other: PodInfo, sign: 1 | -1): void {
    for (const { key } of other.storage?.claims ?? []) if (this.keys.has(key)) this.uses += sign;
  }
}

function sharesDisk({ disks }: PodStorage, other: PodInfo): boolean {
  const theirs = other.storage?.disks ?? [];
  return theirs.length > 0 && disks.some((disk) => theirs.some((one) => disksConflict(disk, one)));
}

/** Whether the pod may have been refused for what the other one used. */
function waitsFor({ storage }: PodInfo, other: PodInfo): boolean {
  if (!storage || !other.storage) return false;
  const theirs = other.storage.claims;
  return sharesDisk(storage, other) || storage.claims.some(({ key }) => theirs.some((one) => one.key === key));
}

/** No disk twice on a node that cannot be shared, and no claim twice that is for one pod (ReadWriteOncePod). */
export class VolumeRestrictions implements PreFilterPlugin, FilterPlugin {
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[] = [
    interest('PodRemoved', (pod, event) => waitsFor(pod, event.pod)),
    interest('NodeAdded'),
    storageInterest('PersistentVolumeClaim', 'Add', (pod, change) => usesClaim(pod, change, false)),
  ];

  constructor(private readonly storage: StorageView) {}

  preFilter(state: CycleState, { storage }: PodInfo, cluster: ClusterView): PreFilterOutcome {
    if (!storage) return skip;
    const keys = new Set<string>();
    let uses = 0;
    for (const { name: claimName, key, isEphemeral } of storage.claims) {
      if (isEphemeral) continue;
      const claim = this.storage.claims.get(key);
      if (!claim)
        return {
          rejected: rejection(name, 'unresolvable', `persistentvolumeclaim ${JSON.stringify(claimName)} not found`),
        };
      if (!claim.spec?.accessModes?.includes('ReadWriteOncePod') || keys.has(key)) continue;
      keys.add(key);
      if (cluster.claimUses.has(key)) uses++;
    }
    if (storage.disks.length === 0 && uses === 0) return skip;
    state.write(name, new ClaimsForOnePod(keys, uses));
    return undefined;
  }

  addPod(state: CycleState, _pod: PodInfo, other: PodInfo): void {
    state.read<ClaimsForOnePod>(name).count(other, 1);
  }

  removePod(state: CycleState, _pod: PodInfo, other: PodInfo): void {
    state.read<ClaimsForOnePod>(name).count(other, -1);
  }

  filter(state: CycleState, { storage }: PodInfo, node: NodeInfo): Rejection | undefined {
    if (storage && storage.disks.length > 0)
      for (const other of node.pods.values()) if (sharesDisk(storage, other)) return diskTaken;
    return state.read<ClaimsForOnePod>(name).areInUse ? claimTaken : undefined;
  }

  filterAll(state: CycleState, pod: PodInfo, nodes: FeasibleNodes): void {
    nodes.filterEach((node) => this.filter(state, pod, node));
  }
}
