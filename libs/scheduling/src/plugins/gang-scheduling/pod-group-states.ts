import type { DeepReadonly, PodGroup } from '@nestor/api';
import type { PodInfo } from '../../cache/pod-info';

type Stage = 'unscheduled' | 'reserved' | 'assigned';

/** The name of the pod group that the pod belongs to, with its namespace; undefined for pods of their own. */
export function podGroupOf({ pod }: PodInfo): string | undefined {
  const { schedulingGroup } = (pod.spec ?? {}) as { schedulingGroup?: { podGroupName?: string } };
  return schedulingGroup?.podGroupName ? `${pod.metadata.namespace}/${schedulingGroup.podGroupName}` : undefined;
}

/** How far the pods of each group are, so that a gang can be let go as one. Pods without a group cost nothing. */
export class PodGroupStates {
  private readonly groups = new Map<string, DeepReadonly<PodGroup>>();
  private readonly members = new Map<string, Map<string, Stage>>();

  group(key: string): DeepReadonly<PodGroup> | undefined {
    return this.groups.get(key);
  }

  setGroup(group: DeepReadonly<PodGroup>): void {
    this.groups.set(keyOf(group), group);
  }

  removeGroup(group: DeepReadonly<PodGroup>): void {
    this.groups.delete(keyOf(group));
  }

  /** How many pods must go at once; undefined when they need not wait for one another. */
  minCount(key: string): number | undefined {
    return this.groups.get(key)?.spec?.schedulingPolicy?.gang?.minCount;
  }

  track(pod: PodInfo, stage: Stage): void {
    const key = podGroupOf(pod);
    if (key === undefined) return;
    const members = this.members.get(key);
    if (members) members.set(pod.uid, stage);
    else this.members.set(key, new Map([[pod.uid, stage]]));
  }

  forget(pod: PodInfo): void {
    const key = podGroupOf(pod);
    if (key === undefined) return;
    const members = this.members.get(key);
    members?.delete(pod.uid);
    if (members?.size === 0) this.members.delete(key);
  }

  /** Pods of the group that are known. */
  known(key: string): number {
    return this.members.get(key)?.size ?? 0;
  }

  /** Uids of those that are known and have no room yet. */
  unscheduled(key: string): string[] {
    return [...(this.members.get(key) ?? [])].flatMap(([uid, stage]) => (stage === 'unscheduled' ? [uid] : []));
  }

  /** Pods of the group that have room, whether bound or not. */
  placed(key: string): number {
    let count = 0;
    for (const stage of this.members.get(key)?.values() ?? []) if (stage !== 'unscheduled') count++;
    return count;
  }
}

function keyOf({ metadata }: DeepReadonly<PodGroup>): string {
  return `${metadata.namespace}/${metadata.name}`;
}
