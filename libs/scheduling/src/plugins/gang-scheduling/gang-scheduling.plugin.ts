import { formatGoDuration, type DeepReadonly, type PodGroup } from '@nestor/api';
import type { PodInfo } from '../../cache/pod-info';
import { ClusterEventInterest, ObjectEvent, ObjectEventKind, interest } from '../../framework/cluster-event';
import type { CycleState } from '../../framework/cycle-state';
import type { PermitPlugin, PreEnqueuePlugin, ReservePlugin } from '../../framework/plugin';
import { Rejection, rejection } from '../../framework/rejection';
import { PodGroupStates, podGroupOf } from './pod-group-states';

const name = 'GangScheduling';
/** As long as kube-scheduler lets the pods of a gang hold room for those that are still missing. */
const defaultTimeoutMs = 5 * 60_000;

function groupEvent(kind: ObjectEventKind, helps: (event: ObjectEvent) => boolean): ClusterEventInterest {
  return {
    kind,
    helps: (pod, event) => {
      const { object } = event as ObjectEvent;
      const { metadata } = object as DeepReadonly<PodGroup>;
      return podGroupOf(pod) === `${metadata.namespace}/${metadata.name}` && helps(event as ObjectEvent);
    },
  };
}

function minCountOf(object: unknown): number {
  return (object as PodGroup | undefined)?.spec?.schedulingPolicy?.gang?.minCount ?? 0;
}

const sameGroup = (pod: PodInfo, { pod: other }: { pod: PodInfo }): boolean =>
  podGroupOf(pod) !== undefined && podGroupOf(pod) === podGroupOf(other);

interface Gathering {
  release(): void;
  fail(reason: string): void;
}

/**
 * All or nothing for the pods of a PodGroup with a gang policy: they enter the queue once minCount of them exist, and
 * the cycle of their group lets them go once minCount of them have found a node. Should one of them lose its node
 * between the cycle and its binding, the others hold theirs until minCount have one again, for a while.
 */
export class GangScheduling implements PreEnqueuePlugin, ReservePlugin, PermitPlugin {
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[] = [
    interest('PodQueued', sameGroup),
    interest('PodAssigned', sameGroup, { sameForEqualPods: true }),
    groupEvent('PodGroup/Add', () => true),
    groupEvent('PodGroup/Update', ({ object, before }) => minCountOf(object) < minCountOf(before)),
  ];
  /** By group, the pods that wait for the others. */
  private readonly gatherings = new Map<string, Set<Gathering>>();

  constructor(
    private readonly groups: PodGroupStates,
    private readonly timeoutMs = defaultTimeoutMs,
  ) {}

  preEnqueue(pod: PodInfo): Rejection | undefined {
    const key = podGroupOf(pod);
    if (key === undefined) return undefined;
    if (!this.groups.group(key)) {
      const group = key.slice(key.indexOf('/') + 1);
      return rejection(name, 'unresolvable', `waiting for pods's pod group "${group}" to appear in scheduling queue`);
    }
    if (this.groups.known(key) >= (this.groups.minCount(key) ?? 0)) return undefined;
    return rejection(name, 'unresolvable', 'waiting for minCount pods from a gang to appear in scheduling queue');
  }

  reserve(_state: CycleState, pod: PodInfo): Rejection | undefined {
    this.groups.track(pod, 'reserved');
    return undefined;
  }

  unreserve(_state: CycleState, pod: PodInfo): void {
    if (podGroupOf(pod) !== undefined) this.groups.track(pod, 'unscheduled');
  }

  concerns(pod: PodInfo): boolean {
    return podGroupOf(pod) !== undefined;
  }

  waitsFor(pod: PodInfo): string | undefined {
    const key = podGroupOf(pod);
    const minCount = key === undefined ? undefined : this.groups.minCount(key);
    if (key === undefined || minCount === undefined || this.groups.placed(key) >= minCount) return undefined;
    return 'waiting for minCount pods from a gang to be scheduled';
  }

  async permit(_state: CycleState, pod: PodInfo, _node: string, signal: AbortSignal): Promise<Rejection | undefined> {
    const key = podGroupOf(pod);
    if (key === undefined) return undefined;
    if (this.waitsFor(pod) !== undefined) return this.gather(key, signal);
    for (const waiting of this.gatherings.get(key) ?? []) waiting.release();
    return undefined;
  }

  private gather(key: string, signal: AbortSignal): Promise<Rejection | undefined> {
    return new Promise((resolve) => {
      const end = (outcome: Rejection | undefined): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        this.leave(key, gathering);
        resolve(outcome);
      };
      const gathering: Gathering = {
        release: () => end(undefined),
        fail: (reason) => end(rejection(name, 'unschedulable', reason)),
      };
      const aborted = (): void => gathering.fail(signal.reason instanceof Error ? signal.reason.message : 'stopped');
      const timer = setTimeout(() => this.giveUp(key), this.timeoutMs);
      signal.addEventListener('abort', aborted, { once: true });
      this.join(key, gathering);
    });
  }

  private giveUp(key: string): void {
    const reason = `rejected due to timeout after waiting ${formatGoDuration(this.timeoutMs)} at plugin ${name}`;
    for (const waiting of this.gatherings.get(key) ?? []) waiting.fail(reason);
  }

  private join(key: string, gathering: Gathering): void {
    const there = this.gatherings.get(key);
    if (there) there.add(gathering);
    else this.gatherings.set(key, new Set([gathering]));
  }

  private leave(key: string, gathering: Gathering): void {
    const there = this.gatherings.get(key);
    there?.delete(gathering);
    if (there?.size === 0) this.gatherings.delete(key);
  }
}
