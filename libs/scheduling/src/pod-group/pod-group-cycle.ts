import { BindingRefused, Placement, reserveAll, unreserveAll } from '../binding/binding-cycle';
import type { SchedulerCache } from '../cache/scheduler-cache';
import type { Refusal, Selection } from '../cycle/select-node';
import { CycleState } from '../framework/cycle-state';
import type { PlannedEviction, Preemption } from '../framework/preemption';
import type { Profile } from '../framework/profile';
import type { NominatedPods } from '../queue/nominated-pods';
import type { QueueEntry } from '../queue/scheduling-queue';
import type { PodGroupResult } from './pod-group-condition';

const unschedulable = 'pod group is unschedulable';
const waiting = `${unschedulable}, pod group is waiting for preemption to complete`;

/** What the cycle found for one pod of the group. */
export interface MemberResult {
  readonly entry: QueueEntry;
  readonly started: number;
  /** Assumed and reserved there. */
  placement?: Placement;
  /** The plugin that would let it wait although it has a place, and for what. */
  waits?: { readonly plugin: string; readonly message: string };
  refusal?: Refusal;
  /** Has to be made room for before its placement holds. */
  preemption?: Preemption;
  error?: Error;
}

export interface PodGroupOutcome extends PodGroupResult {
  readonly members: readonly MemberResult[];
}

/** What of the scheduler the cycle needs. */
export interface PodGroupCycleHost {
  readonly cache: SchedulerCache;
  readonly nominated: NominatedPods;
  /** A promise only for pods that an extender has a say about. */
  select(profile: Profile, entry: QueueEntry): Selection | Error | Promise<Selection | Error>;
}

/**
 * The cycle of a whole pod group (kube-scheduler's podGroupCycle): one pod after the other is placed as if the ones
 * before it were there already; when enough of them have a place all of these go, else none. Nothing is evicted for a
 * group that would not fit all the same. Unless extenders are asked, nobody sees the cluster in between.
 */
export class PodGroupCycle {
  private readonly members: MemberResult[] = [];
  private readonly restorations: (() => void)[] = [];

  constructor(
    private readonly host: PodGroupCycleHost,
    private readonly profile: Profile,
  ) {}

  /** Places stay assumed and reserved when the group is scheduled; otherwise everything is as it was before. */
  async run(entries: readonly QueueEntry[], done: (outcome: PodGroupOutcome) => void): Promise<void> {
    let feasible = false;
    for (const entry of entries) {
      const asked = this.consider(entry);
      // Without a promise the whole group is done in one turn of the event loop.
      const member = asked instanceof Promise ? await asked : asked;
      if (!member) continue;
      this.members.push(member);
      if (member.error) {
        this.revert();
        return done(this.broken(entries, member.error));
      }
      if (member.placement && !member.waits) feasible = true;
    }
    done(this.ended(feasible));
  }

  private ended(feasible: boolean): PodGroupOutcome {
    const { members } = this;
    const waits = feasible && members.some(({ preemption }) => preemption);
    if (feasible && !waits) return { result: 'scheduled', message: '', members };
    this.revert();
    return waits
      ? { result: 'waiting_on_preemption', message: waiting, members }
      : { result: 'unschedulable', message: unschedulable, members };
  }

  private broken(entries: readonly QueueEntry[], cause: Error): PodGroupOutcome {
    const error = new Error(`failed to schedule other pod from a pod group: ${cause.message}`, { cause });
    const seen = new Map(this.members.map((member) => [member.entry, member]));
    const members = entries.map((entry) => {
      const member = seen.get(entry);
      return { entry, started: member?.started ?? performance.now(), error: member?.error ?? error };
    });
    return { result: 'error', message: error.message, members };
  }

  private consider(entry: QueueEntry): MemberResult | Promise<MemberResult | undefined> {
    const started = performance.now();
    const selection = this.host.select(this.profile, entry);
    if (!(selection instanceof Promise)) {
      const settled = this.settle(entry, selection, started);
      return settled instanceof Promise ? settled.then((member) => this.stillWanted(member)) : settled;
    }
    return selection
      .then((found) => (entry.place === 'inFlight' ? this.settle(entry, found, started) : undefined))
      .then((member) => this.stillWanted(member));
  }

  /** While an extender was asked the pod may have gone. */
  private stillWanted(member: MemberResult | undefined): MemberResult | undefined {
    if (member?.entry.place === 'inFlight') return member;
    if (member?.placement) this.giveBack(member.placement);
    return undefined;
  }

  private settle(
    entry: QueueEntry,
    selection: Selection | Error,
    started: number,
  ): MemberResult | Promise<MemberResult> {
    const member: MemberResult = { entry, started };
    if (selection instanceof Error) return { ...member, error: selection };
    if (selection.node !== undefined)
      return this.place(member, { ...selection, pod: entry.pod, profile: this.profile });
    if (selection.failed) return { ...member, error: new Error(selection.message) };
    const refused: MemberResult = { ...member, refusal: selection };
    const plan = selection.preemption?.plan;
    if (!plan) return refused;
    if (!(plan instanceof Promise)) return this.placeAfter(plan, refused);
    return plan.then(
      (agreed) => (agreed ? this.placeAfter(agreed, refused) : refused),
      (error: unknown) => ({ ...member, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }

  /** As if its victims were gone: the pods after it see it there without them. */
  private placeAfter({ node, pods }: PlannedEviction, member: MemberResult): MemberResult {
    const { pod } = member.entry;
    const { refusal } = member;
    if (!refusal) return member;
    this.restorations.push(this.host.cache.setAside(node, pods));
    const placed = this.place(member, { profile: this.profile, state: refusal.state, pod, node });
    return placed.placement ? { ...placed, preemption: refusal.preemption } : placed;
  }

  private place(member: MemberResult, placement: Placement): MemberResult {
    const { pod, node, profile } = placement;
    this.host.cache.assume(pod, node);
    this.host.nominated.delete(pod.uid);
    try {
      reserveAll(placement);
    } catch (error) {
      this.giveBack(placement);
      return { ...member, ...notReserved(placement, error) };
    }
    for (const plugin of profile.permit) {
      const message = plugin.waitsFor?.(pod);
      if (message !== undefined) return { ...member, placement, waits: { plugin: plugin.name, message } };
    }
    return { ...member, placement };
  }

  private revert(): void {
    for (const { placement } of [...this.members].reverse()) if (placement) this.giveBack(placement);
    for (const restore of this.restorations.reverse()) restore();
  }

  private giveBack(placement: Placement): void {
    unreserveAll(placement);
    this.host.cache.forget(placement.pod.uid);
  }
}

/** A plugin that refuses says so of the pod, one that breaks ends the whole cycle. */
function notReserved({ state }: Placement, error: unknown): Pick<MemberResult, 'refusal' | 'error'> {
  if (!(error instanceof BindingRefused)) return { error: error instanceof Error ? error : new Error(String(error)) };
  const rejectedBy = new Set([error.rejection.plugin]);
  return { refusal: { state, message: error.message, rejectedBy, failed: false, nominatedNode: '' } };
}

/** Why a pod that has a place is not let go, because the group is not. */
export function refusalWithGroup(outcome: PodGroupOutcome, { placement, waits }: MemberResult): Refusal {
  const { result, message, members } = outcome;
  const others = members.flatMap(({ refusal }) => [...(refusal?.rejectedBy ?? [])]);
  return {
    state: placement?.state ?? new CycleState(),
    message: result === 'waiting_on_preemption' || !waits ? message : `${message}, ${waits.message}`,
    // An event that helps one of the group brings all of it back.
    rejectedBy: new Set(waits ? [waits.plugin] : others),
    failed: false,
    nominatedNode: result === 'waiting_on_preemption' ? placement?.node : '',
  };
}
