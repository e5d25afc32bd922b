import {
  extendedResourceAnnotation,
  owningPod,
  type AllocationResult,
  type DeepReadonly,
  type DeviceClass,
  type DeviceTaintRule,
  type ResourceClaim,
  type ResourceSlice,
} from '@nestor/api';
import { DeviceLedger } from './allocator/device-ledger';
import { DevicePools, type Slice, type TaintRule } from './allocator/device-pools';
import { keyOfClaim, type Claim, type Class } from './allocator/wanted-devices';
import { classesByResource } from './extended/device-resources';

export interface DeviceKinds {
  ResourceClaim: ResourceClaim;
  ResourceSlice: ResourceSlice;
  DeviceClass: DeviceClass;
  DeviceTaintRule: DeviceTaintRule;
}
export type DeviceKind = keyof DeviceKinds;

const revision = ({ metadata }: Claim): bigint => BigInt(metadata.resourceVersion ?? 0);

function replace<T extends Class | Slice | TaintRule>(known: Map<string, T>, object: T): T | undefined {
  const { name = '' } = object.metadata;
  const before = known.get(name);
  known.set(name, object);
  return before;
}

const extendedOwner = (claim: Claim): string | undefined =>
  claim.metadata.annotations?.[extendedResourceAnnotation] === 'true' ? owningPod(claim)?.uid : undefined;

/** Claims, devices and classes as the scheduler knows them, what it has decided but not written yet included. */
export class DeviceView {
  readonly ledger = new DeviceLedger();
  private readonly claims = new Map<string, Claim>();
  private readonly slices = new Map<string, Slice>();
  private readonly classes = new Map<string, Class>();
  private readonly rules = new Map<string, TaintRule>();
  /** Allocations of claims that are being written, by uid. */
  private readonly pending = new Map<string, DeepReadonly<AllocationResult>>();
  private readonly listeners = new Set<() => void>();
  private gathered: DevicePools | undefined;
  private byResource: ReadonlyMap<string, Class> | undefined;
  /** Keys of claims made for resources of pods, by the pods' uids. */
  private readonly extended = new Map<string, string>();

  claim(key: string): Claim | undefined {
    return this.claims.get(key);
  }

  readonly deviceClass = (name: string): Class | undefined => this.classes.get(name);

  /** The class that stands for a resource. */
  readonly classFor = (resource: string): Class | undefined =>
    (this.byResource ??= classesByResource(this.classes.values())).get(resource);

  /** The claim that was made for resources of a pod that devices stand for. */
  extendedClaim(podUid: string): Claim | undefined {
    return this.claims.get(this.extended.get(podUid) ?? '');
  }

  get pools(): DevicePools {
    return (this.gathered ??= new DevicePools(this.slices.values(), [...this.rules.values()]));
  }

  /** What was known of the object before. */
  set<K extends DeviceKind>(kind: K, object: DeepReadonly<DeviceKinds[K]>): DeepReadonly<DeviceKinds[K]> | undefined {
    return this.put(kind, object) as DeepReadonly<DeviceKinds[K]> | undefined;
  }

  delete<K extends DeviceKind>(kind: K, object: DeepReadonly<DeviceKinds[K]>): void {
    const name = object.metadata.name ?? '';
    if (kind === 'DeviceClass') {
      this.byResource = undefined;
      return void this.classes.delete(name);
    }
    if (kind !== 'ResourceClaim') {
      (kind === 'ResourceSlice' ? this.slices : this.rules).delete(name);
      this.gathered = undefined;
      return;
    }
    this.claims.delete(keyOfClaim(object as Claim));
    this.extended.delete(extendedOwner(object as Claim) ?? '');
    this.ledger.set(object.metadata.uid ?? '', this.pending.get(object.metadata.uid ?? ''));
    this.tell();
  }

  isPending(claim: Claim): boolean {
    return this.pending.has(claim.metadata.uid ?? '');
  }

  /** From now on nobody else gets these devices. */
  reserve({ metadata: { uid = '' } }: Claim, allocation: DeepReadonly<AllocationResult>): void {
    this.pending.set(uid, allocation);
    this.ledger.set(uid, allocation);
  }

  /** The allocation has been written, or will not be. */
  release(claim: Claim): void {
    const { uid = '' } = claim.metadata;
    if (!this.pending.delete(uid)) return;
    const known = this.claims.get(keyOfClaim(claim));
    this.ledger.set(uid, known?.metadata.uid === uid ? known.status?.allocation : undefined);
  }

  /** The claim as just written, which the watch will bring later. */
  assume(claim: Claim): void {
    this.setClaim(claim);
  }

  /** Calls back after each change of a claim until told to stop. */
  onClaims(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  private put(kind: DeviceKind, object: DeepReadonly<object>): DeepReadonly<object> | undefined {
    if (kind === 'ResourceClaim') return this.setClaim(object as Claim);
    if (kind === 'DeviceClass') {
      this.byResource = undefined;
      return replace(this.classes, object as Class);
    }
    this.gathered = undefined;
    if (kind === 'DeviceTaintRule') return replace(this.rules, object as TaintRule);
    return replace(this.slices, object as Slice);
  }

  private setClaim(claim: Claim): Claim | undefined {
    const key = keyOfClaim(claim);
    const before = this.claims.get(key);
    // The watch is behind what has been written here.
    if (before && revision(before) > revision(claim)) return before;
    this.claims.set(key, claim);
    const podUid = extendedOwner(claim);
    if (podUid !== undefined) this.extended.set(podUid, key);
    const { uid = '' } = claim.metadata;
    if (before && before.metadata.uid !== uid) this.ledger.set(before.metadata.uid ?? '', undefined);
    this.ledger.set(uid, this.pending.get(uid) ?? claim.status?.allocation);
    this.tell();
    return before;
  }

  private tell(): void {
    for (const listener of [...this.listeners]) listener();
  }
}
