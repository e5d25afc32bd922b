import {
  canBeReserved,
  isReservedFor,
  matchesNodeTerm,
  type DeepReadonly,
  type Pod,
  type ResourceClaim,
} from '@nestor/api';
import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import type { ClusterEventInterest } from '../../framework/cluster-event';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import type {
  FilterPlugin,
  PostFilterOutcome,
  PostFilterPlugin,
  PreBindPlugin,
  PreEnqueuePlugin,
  PreFilterOutcome,
  PreFilterPlugin,
  PreScorePlugin,
  ReservePlugin,
  ScorePlugin,
} from '../../framework/plugin';
import { Rejection, rejection } from '../../framework/rejection';
import { normalizeToHundred } from '../default-normalize-score';
import { AllocationError } from './allocator/allocation-error';
import { AllocationTimeout, allocate, type Allocation } from './allocator/allocator';
import { keyOfClaim, type Claim } from './allocator/wanted-devices';
import { BindingConditionsError, awaitedDrivers, bindingConditionsMet } from './binding-conditions';
import { countWait, type WaitStatus } from './binding-metrics';
import { bindClaim, type ClaimWrites } from './claim-writer';
import type { DeviceView } from './device-view';
import { extendedClaimOf, shareOn, type ExtendedClaim, type NodeShare } from './extended/extended-claim';
import { claimEvents, claimsOfPod, hasClaims } from './pod-claims';

const name = 'DynamicResources';
const maxAlternatives = 8;

export interface DynamicResourcesSettings {
  /** For its metrics. */
  readonly profile?: string;
  /** Milliseconds that looking for devices on one node may take. */
  readonly filterTimeoutMs?: number;
  readonly bindingTimeoutMs?: number;
}

/** What one cycle knows of the pod's claims. */
interface ClaimState {
  readonly claims: readonly Claim[];
  readonly toAllocate: readonly Claim[];
  readonly byNode: Map<string, readonly Allocation[]>;
  /** For resources that devices stand for; what each node needs of it, and what was stored of it for the one chosen. */
  readonly extended: ExtendedClaim | undefined;
  readonly shares: Map<string, NodeShare>;
  stored?: ResourceClaim;
  /** Claims that are allocated where some node cannot use them. */
  readonly elsewhere: Set<Claim>;
  /** Their devices did not get ready: they are given back. */
  failed: boolean;
}

const refused = (reason: string): Rejection => rejection(name, 'unresolvable', reason);

/** Devices for the claims of pods (dynamic resource allocation with structured parameters). */
export class DynamicResources
  implements
    PreEnqueuePlugin,
    PreFilterPlugin,
    FilterPlugin,
    PostFilterPlugin,
    PreScorePlugin,
    ScorePlugin,
    ReservePlugin,
    PreBindPlugin
{
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[];

  constructor(
    private readonly view: DeviceView,
    private readonly writes: ClaimWrites,
    private readonly settings: DynamicResourcesSettings = {},
  ) {
    this.events = claimEvents(view.classFor);
  }

  preEnqueue(pod: PodInfo): Rejection | undefined {
    if (!hasClaims(pod)) return undefined;
    const claims = claimsOfPod(pod, this.view);
    return typeof claims === 'string' ? refused(claims) : undefined;
  }

  preFilter(state: CycleState, pod: PodInfo, _cluster: ClusterView): PreFilterOutcome {
    const extended = extendedClaimOf(pod, this.view);
    if (!hasClaims(pod) && !extended) return { skip: true };
    const claims = claimsOfPod(pod, this.view);
    if (typeof claims === 'string') return { rejected: refused(claims) };
    if (claims.length === 0 && !extended) return { skip: true };
    for (const claim of claims) {
      const problem = this.problemWith(claim, pod);
      if (problem !== undefined) return { rejected: refused(problem) };
    }
    const toAllocate = claims.filter(({ status }) => !status?.allocation);
    const data: ClaimState = {
      claims,
      toAllocate,
      byNode: new Map(),
      extended,
      shares: new Map(),
      elsewhere: new Set(),
      failed: false,
    };
    state.write(name, data);
    return undefined;
  }

  private problemWith(claim: Claim, { pod }: PodInfo): string | undefined {
    if (claim.status?.allocation)
      return isReservedFor(pod, claim) || canBeReserved(claim) ? undefined : 'resourceclaim in use';
    if (this.view.isPending(claim)) return 'resource claim is in the process of being allocated';
    for (const { name: request, exactly, firstAvailable = [] } of claim.spec.devices?.requests ?? [])
      for (const { deviceClassName } of exactly ? [exactly] : firstAvailable)
        if (!this.view.deviceClass(deviceClassName))
          return `request ${request}: device class ${deviceClassName} does not exist`;
    return undefined;
  }

  filter(state: CycleState, pod: PodInfo, info: NodeInfo): Rejection | undefined {
    const { node, name: nodeName } = info;
    const data = state.read<ClaimState>(name);
    if (data.extended?.isStale) return refused('cannot schedule extended resource claim');
    const share = data.extended && shareOn(data.extended, pod, info, this.view);
    if (typeof share === 'string') return refused(share);
    const elsewhere = data.claims.filter(({ status }) => {
      const terms = status?.allocation?.nodeSelector?.nodeSelectorTerms;
      return terms !== undefined && !terms.some((term) => matchesNodeTerm(term, node));
    });
    elsewhere.forEach((claim) => data.elsewhere.add(claim));
    if (elsewhere.length > 0) return refused('resourceclaim not available on the node');
    const toAllocate = share ? [...data.toAllocate, share.claim] : data.toAllocate;
    if (toAllocate.length === 0) return undefined;
    try {
      const { pools, ledger, deviceClass: classes } = this.view;
      const deadline = performance.now() + (this.settings.filterTimeoutMs ?? 10_000);
      const found = allocate(toAllocate, node, { pools, ledger, classes, deadline });
      if (found) {
        if (share) data.shares.set(nodeName, share);
        return void data.byNode.set(nodeName, found);
      }
      return pools.candidates(node).some(({ pool }) => pool.isInvalid)
        ? rejection(name, 'unschedulable', 'invalid resource pools were encountered')
        : refused('cannot allocate all claims');
    } catch (error) {
      if (error instanceof AllocationTimeout)
        return rejection(name, 'unschedulable', 'timed out trying to allocate devices');
      if (error instanceof AllocationError) return rejection(name, 'error', error.message);
      throw error;
    }
  }

  /** A claim that nobody uses any more but that is allocated elsewhere is given back: other devices may do. */
  postFilter(state: CycleState, pod: PodInfo): PostFilterOutcome | undefined {
    const data = state.peek<ClaimState>(name);
    if (!data && !hasClaims(pod)) return undefined;
    if (data?.extended?.isStale) {
      this.writes.remove(data.extended.claim);
      return { message: 'deletion of ResourceClaim completed' };
    }
    if (!data) return { message: 'no new claims to deallocate' };
    for (const claim of data.elsewhere) {
      const users = claim.status?.reservedFor ?? [];
      if (!users.every(({ uid }) => uid === pod.uid)) continue;
      this.writes.giveBack(claim, { podUid: pod.uid, deallocate: true });
      return { message: 'deallocation of ResourceClaim completed' };
    }
    return { message: 'still not schedulable' };
  }

  preScore(state: CycleState, _pod: PodInfo, _nodes: FeasibleNodes): boolean {
    const { toAllocate } = state.peek<ClaimState>(name) ?? { toAllocate: [] };
    return toAllocate.some(({ spec }) => spec.devices?.requests?.some(({ firstAvailable }) => firstAvailable?.length));
  }

  /** Nodes that can give the alternatives named first. */
  score(state: CycleState, _pod: PodInfo, { name: node }: NodeInfo): number {
    const { toAllocate, byNode } = state.read<ClaimState>(name);
    let total = 0;
    (byNode.get(node) ?? []).forEach(({ choices }, at) =>
      toAllocate[at]?.spec.devices?.requests?.forEach(({ firstAvailable }, request) => {
        if (firstAvailable?.length) total += maxAlternatives - (choices[request] ?? 0);
      }),
    );
    return total;
  }

  normalize(_state: CycleState, _pod: PodInfo, scores: Float64Array): void {
    normalizeToHundred(scores);
  }

  reserve(state: CycleState, _pod: PodInfo, node: string): Rejection | undefined {
    const data = state.peek<ClaimState>(name);
    if (!data) return undefined;
    const share = data.shares.get(node);
    const claims = share ? [...data.toAllocate, share.claim] : data.toAllocate;
    if (claims.length === 0) return undefined;
    const found = data.byNode.get(node);
    if (!found) return rejection(name, 'error', 'claim allocation not found for node');
    claims.forEach((claim, at) => this.view.reserve(claim, (found[at] as Allocation).result));
    return undefined;
  }

  unreserve(state: CycleState, pod: PodInfo, _node: string): void {
    const data = state.peek<ClaimState>(name);
    for (const claim of data?.toAllocate ?? []) this.view.release(claim);
    if (data?.extended) this.view.release(data.extended.claim);
    if (data?.stored) this.writes.remove(data.stored);
    for (const claim of data?.claims ?? []) {
      const current = this.view.claim(keyOfClaim(claim));
      if (!current || current.metadata.uid !== claim.metadata.uid || !isReservedFor(pod.pod, current)) continue;
      const deallocate = data?.failed === true && data.toAllocate.includes(claim);
      this.writes.giveBack(current, { podUid: pod.uid, deallocate });
    }
  }

  preBindPreFlight(state: CycleState, _pod: PodInfo, node: string): 'skip' | undefined {
    const data = state.peek<ClaimState>(name);
    return data && (data.claims.length > 0 || data.shares.has(node)) ? undefined : 'skip';
  }

  async preBind(
    state: CycleState,
    { pod }: PodInfo,
    node: string,
    signal: AbortSignal,
  ): Promise<Rejection | undefined> {
    const data = state.peek<ClaimState>(name);
    if (!data) return undefined;
    const allocations = data.byNode.get(node) ?? [];
    for (const claim of data.claims) {
      const at = data.toAllocate.indexOf(claim);
      const current = this.view.claim(keyOfClaim(claim)) ?? claim;
      if (isReservedFor(pod, current)) continue;
      const bound = await bindClaim(current, pod, allocations[at]?.result, this.writes);
      this.view.assume(bound);
      this.view.release(claim);
    }
    await this.storeExtended(data, pod, node);
    return this.awaitDevices(data, signal);
  }

  /** From here on it is a claim like others, which the pod names in its status. */
  private async storeExtended(data: ClaimState, pod: DeepReadonly<Pod>, node: string): Promise<void> {
    const share = data.shares.get(node);
    const allocation = data.byNode.get(node)?.[data.toAllocate.length];
    if (!share || !allocation) return;
    const { name: _name, uid: _uid, ...metadata } = share.claim.metadata;
    data.stored = await this.writes.create({ ...(share.claim as ResourceClaim), metadata } as ResourceClaim);
    data.stored = await bindClaim(data.stored, pod, allocation.result, this.writes);
    this.view.assume(data.stored);
    this.view.release(share.claim);
    const resourceClaimName = data.stored.metadata.name ?? '';
    await this.writes.nameInPod(pod, { resourceClaimName, requestMappings: share.mappings });
  }

  private async awaitDevices(data: ClaimState, signal: AbortSignal): Promise<Rejection | undefined> {
    const used = (data.stored ? [...data.claims, data.stored] : data.claims).flatMap(
      (claim) => this.view.claim(keyOfClaim(claim)) ?? [],
    );
    const waiting = used.filter((claim) => awaitedDrivers(claim).length > 0);
    if (waiting.length === 0) return undefined;
    const started = performance.now();
    const count = (status: WaitStatus): void => {
      const drivers = new Set(waiting.flatMap(awaitedDrivers));
      countWait(this.settings.profile ?? '', drivers, { status, seconds: (performance.now() - started) / 1000 });
    };
    try {
      const timeoutMs = this.settings.bindingTimeoutMs ?? 600_000;
      await bindingConditionsMet(waiting.map(keyOfClaim), this.view, { timeoutMs, signal });
      count('success');
      return undefined;
    } catch (error) {
      if (!(error instanceof BindingConditionsError)) throw error;
      count(error.status);
      data.failed = true;
      return rejection(name, 'unschedulable', error.message);
    }
  }
}
