import { randomUUID } from 'node:crypto';
import {
  addQuantities,
  deviceLimits,
  type AllocationResult,
  type DeepReadonly,
  type Node,
  type Quantity,
} from '@nestor/api';
import { AllocationError } from './allocation-error';
import { allocationResult } from './allocation-result';
import { consumption } from './consumed-capacity';
import { AttributeConstraint } from './constraints';
import { qualified, type DeviceId, type DeviceLedger } from './device-ledger';
import { isRepelled, isSelected } from './device-match';
import type { Candidate, DevicePools } from './device-pools';
import { SharedCounters } from './shared-counters';
import { alternativesOf, keyOfClaim, type Alternative, type Claim, type Classes } from './wanted-devices';

/** A device chosen for a request. */
export interface Chosen {
  readonly candidate: Candidate;
  readonly alternative: Alternative;
  readonly shareId?: string;
  readonly consumed?: ReadonlyMap<string, Quantity>;
}

export interface Allocation {
  readonly result: AllocationResult;
  /** Per request with alternatives, which of them was taken. */
  readonly choices: readonly number[];
}

export interface AllocatorInput {
  readonly pools: DevicePools;
  readonly ledger: DeviceLedger;
  readonly classes: Classes;
  /** Milliseconds of performance.now() after which the search is given up. */
  readonly deadline?: number;
}

/** The search took too long for a scheduling cycle. */
export class AllocationTimeout extends Error {}

/** An allocation for each claim with devices that the node can use, or undefined where there are not enough. */
export function allocate(
  claims: readonly Claim[],
  node: DeepReadonly<Node>,
  input: AllocatorInput,
): Allocation[] | undefined {
  return new Search(claims, node, input).run();
}

interface Wanted {
  readonly claim: Claim;
  readonly requests: readonly (readonly Alternative[])[];
  readonly constraints: readonly AttributeConstraint[];
  readonly chosen: Chosen[];
  /** Which alternative of each request is tried. */
  readonly choices: number[];
}

/**
 * Exhaustive, the first solution wins: claim by claim, request by request, device by device, each taken on trial. Within
 * one request devices are tried in one order only, since another would give the same set.
 */
class Search {
  private readonly wanted: readonly Wanted[];
  private readonly candidates: readonly Candidate[];
  private readonly counters: SharedCounters;
  /** Of this search, by device: the claims that have it. */
  private readonly holders = new Map<DeviceId, Set<number>>();
  private readonly shares = new Map<DeviceId, Map<string, Quantity>>();

  constructor(
    claims: readonly Claim[],
    private readonly node: DeepReadonly<Node>,
    private readonly input: AllocatorInput,
  ) {
    this.candidates = input.pools.candidates(node);
    this.counters = new SharedCounters(input.ledger);
    this.wanted = claims.map((claim) => ({
      claim,
      requests: alternativesOf(claim, input.classes),
      constraints: (claim.spec.devices?.constraints ?? []).map((one) => new AttributeConstraint(one)),
      chosen: [],
      choices: [],
    }));
  }

  run(): Allocation[] | undefined {
    if (!this.request(0, 0)) return undefined;
    return this.wanted.map(({ claim, requests, chosen, choices }) => ({
      result: allocationResult({ claim, requests, choices, chosen, node: this.node.metadata.name ?? '' }),
      choices,
    }));
  }

  private request(claimAt: number, requestAt: number): boolean {
    const wanted = this.wanted[claimAt];
    if (!wanted) return true;
    const alternatives = wanted.requests[requestAt];
    if (!alternatives) return this.request(claimAt + 1, 0);
    return alternatives.some((alternative, choice) => {
      wanted.choices[requestAt] = choice;
      const then = (): boolean => this.request(claimAt, requestAt + 1);
      return alternative.mode === 'All'
        ? this.all(claimAt, alternative, then)
        : this.some(claimAt, alternative, alternative.count, 0, then);
    });
  }

  /** Takes `left` more devices, from the candidate at `from` on. */
  private some(claimAt: number, alternative: Alternative, left: number, from: number, then: () => boolean): boolean {
    if (left === 0) return then();
    if (!this.hasRoom(claimAt, left)) return false;
    this.checkTime();
    for (let at = from; at < this.candidates.length; at++) {
      const candidate = this.candidates[at] as Candidate;
      const { isIncomplete, isInvalid } = candidate.pool;
      if (isIncomplete || isInvalid || !this.fits(claimAt, alternative, candidate)) continue;
      if (!this.take(claimAt, alternative, candidate)) continue;
      if (this.some(claimAt, alternative, left - 1, at + 1, then)) return true;
      this.giveBack(claimAt);
    }
    return false;
  }

  /** All that match and not only those that are free, and at least one. */
  private all(claimAt: number, alternative: Alternative, then: () => boolean): boolean {
    const key = keyOfClaim((this.wanted[claimAt] as Wanted).claim);
    const whose = `claim ${key}, request ${alternative.name}`;
    const matching = this.candidates.filter((candidate) => {
      const { isIncomplete, isInvalid, id } = candidate.pool;
      const state = isIncomplete ? 'being updated' : isInvalid ? 'invalid' : undefined;
      if (state)
        throw new AllocationError(`${whose}: asks for all devices, but resource pool ${id} is currently ${state}`);
      return isSelected(alternative, candidate, key) && this.consumes(alternative, candidate) !== undefined;
    });
    if (matching.length === 0 || !this.hasRoom(claimAt, matching.length)) return false;
    const count = matching.findIndex((candidate) => !this.take(claimAt, alternative, candidate));
    if (count < 0 && then()) return true;
    for (let taken = count < 0 ? matching.length : count; taken > 0; taken--) this.giveBack(claimAt);
    return false;
  }

  private hasRoom(claimAt: number, more: number): boolean {
    return (this.wanted[claimAt] as Wanted).chosen.length + more <= deviceLimits.results;
  }

  private checkTime(): void {
    if (performance.now() > (this.input.deadline ?? Infinity)) throw new AllocationTimeout();
  }

  /** Cheap questions first. */
  private fits(claimAt: number, alternative: Alternative, candidate: Candidate): boolean {
    const key = keyOfClaim((this.wanted[claimAt] as Wanted).claim);
    return !this.isInUse(claimAt, alternative, candidate) && isSelected(alternative, candidate, key);
  }

  private isInUse(claimAt: number, { adminAccess }: Alternative, { id }: Candidate): boolean {
    const holders = this.holders.get(id);
    return adminAccess ? (holders?.has(claimAt) ?? false) : (holders?.size ?? 0) > 0 || this.input.ledger.isTaken(id);
  }

  private consumes({ capacity }: Alternative, { id, device, slice }: Candidate) {
    const used = [this.input.ledger.consumed(id), this.shares.get(id)];
    return consumption(device, slice.spec.driver, capacity, used);
  }

  private take(claimAt: number, alternative: Alternative, candidate: Candidate): boolean {
    const { id, device } = candidate;
    const { constraints, chosen } = this.wanted[claimAt] as Wanted;
    if (this.isInUse(claimAt, alternative, candidate) || isRepelled(candidate, alternative)) return false;
    const consumed = this.consumes(alternative, candidate);
    if (!consumed) return false;
    // A device that is given out in parts takes its counters once.
    if (!this.isShared(candidate) && !this.counters.take(candidate)) return false;
    const failed = constraints.findIndex((one) => !one.add(alternative.names, candidate));
    if (failed >= 0) {
      constraints.slice(0, failed).forEach((one) => one.remove(alternative.names));
      if (!this.isShared(candidate)) this.counters.giveBack(candidate);
      return false;
    }
    if (!device.allowMultipleAllocations) {
      this.holders.set(id, (this.holders.get(id) ?? new Set()).add(claimAt));
      chosen.push({ candidate, alternative });
      return true;
    }
    this.share(candidate, consumed);
    chosen.push({ candidate, alternative, shareId: randomUUID(), consumed });
    return true;
  }

  private giveBack(claimAt: number): void {
    const { constraints, chosen } = this.wanted[claimAt] as Wanted;
    const last = chosen.pop();
    if (!last) return;
    const { candidate, alternative, consumed, shareId } = last;
    for (const one of constraints) one.remove(alternative.names);
    this.holders.get(candidate.id)?.delete(claimAt);
    if (consumed && shareId) this.unshare(candidate, consumed);
    if (!this.isShared(candidate)) this.counters.giveBack(candidate);
  }

  /** Somebody has a share of the device already. */
  private isShared({ id, device }: Candidate): boolean {
    return (
      device.allowMultipleAllocations === true && (this.shares.has(id) || this.input.ledger.consumed(id) !== undefined)
    );
  }

  private share({ id, slice }: Candidate, consumed: ReadonlyMap<string, Quantity>): void {
    const held = this.shares.get(id) ?? new Map<string, Quantity>();
    for (const [name, amount] of consumed) {
      const key = qualified(name, slice.spec.driver);
      const before = held.get(key);
      held.set(key, before ? addQuantities(before, amount) : amount);
    }
    this.shares.set(id, held);
  }

  private unshare({ id, slice }: Candidate, consumed: ReadonlyMap<string, Quantity>): void {
    const others = this.wanted.some(({ chosen }) => chosen.some(({ candidate }) => candidate.id === id));
    const held = this.shares.get(id);
    if (!others || !held) return void this.shares.delete(id);
    for (const [name, amount] of consumed) {
      const key = qualified(name, slice.spec.driver);
      const before = held.get(key);
      if (before) held.set(key, { ...before, nanos: before.nanos - amount.nanos });
    }
  }
}
