import { taintsDevice, type Pod, type ResourceClaim, type ResourceSlice } from '@nestor/api';
import { objectKey, refs, type Informer, type InformerFactory } from '@nestor/client';
import {
  devicesOf,
  hasEvictingTaints,
  newestSlices,
  podEviction,
  type Claim,
  type ObservedDevices,
  type ReadPod,
  type Rule,
  type Slice,
} from './device-taint-eviction.plan';
import type { RuleFacts } from './rule-condition';

const byPool = 'pool';
const poolKey = (driver: string, pool: string): string => `${driver}/${pool}`;
const poolOf = ({ spec }: Slice): string => poolKey(spec.driver, spec.pool.name);

export const isTainted = (claim: Claim, rule: Rule): boolean =>
  devicesOf(claim).some((device) => taintsDevice(rule, device));

/** Which devices there are, and who uses them. */
export class DeviceUse {
  readonly pods: Informer<Pod>;
  readonly claims: Informer<ResourceClaim>;
  private readonly slices: Informer<ResourceSlice>;

  constructor(informers: InformerFactory) {
    this.pods = informers.informer(refs.pods);
    this.claims = informers.informer(refs.resourceClaims);
    this.slices = informers.informer(refs.resourceSlices);
    this.claims.addIndex(byPool, (claim) => [...new Set(devicesOf(claim).map((one) => poolKey(one.driver, one.pool)))]);
    this.slices.addIndex(byPool, (slice) => [poolOf(slice)]);
  }

  observed(rules: readonly Rule[]): ObservedDevices {
    return {
      claim: (namespace, name) => this.claims.lister.get(namespace, name),
      slices: (driver, pool) => this.slices.lister.byIndex(byPool, poolKey(driver, pool)),
      rules,
    };
  }

  /** The pods for which a claim is reserved. */
  usersOf({ metadata, status }: Claim): ReadPod[] {
    return (status?.reservedFor ?? []).flatMap(({ resource, name, uid }) => {
      const pod = resource === 'pods' ? this.pods.lister.get(metadata.namespace ?? '', name) : undefined;
      return pod?.metadata.uid === uid ? [pod] : [];
    });
  }

  /** Claims that a change of slices may concern. A slice without taints may be newer than one that has some. */
  claimsConcernedBy(slice: Slice, before?: Slice): readonly Claim[] {
    const pool = poolOf(slice);
    const known = [slice, ...(before ? [before] : []), ...this.slices.lister.byIndex(byPool, pool)];
    return known.some(hasEvictingTaints) ? this.claims.lister.byIndex(byPool, pool) : [];
  }

  /** What a rule does; with the effect None, what it would do. */
  factsOf(rule: Rule): Omit<RuleFacts, 'evicted'> {
    const evicting: Rule = { ...rule, spec: { ...rule.spec, taint: { ...rule.spec.taint, effect: 'NoExecute' } } };
    const tainted = this.claims.lister.list().filter((claim) => isTainted(claim, rule));
    const users = new Map(tainted.flatMap((claim) => this.usersOf(claim)).map((pod) => [objectKey(pod), pod]));
    const observed = this.observed([evicting]);
    const leaving = [...users.values()].filter(
      (pod) => !pod.metadata.deletionTimestamp && podEviction(pod, observed)?.rules.has(evicting),
    );
    return {
      pods: leaving.length,
      namespaces: new Set(leaving.map(({ metadata }) => metadata.namespace)).size,
      published: this.publishedUnder(rule),
      allocated: tainted.flatMap((claim) => devicesOf(claim).filter((device) => taintsDevice(rule, device))).length,
    };
  }

  private publishedUnder(rule: Rule): number {
    const pools = new Map<string, Slice[]>();
    for (const slice of this.slices.lister.list())
      pools.set(poolOf(slice), [...(pools.get(poolOf(slice)) ?? []), slice]);
    const newest = [...pools.values()].flatMap(newestSlices);
    return newest.flatMap(({ spec: { driver, pool, devices = [] } }) =>
      devices.filter(({ name }) => taintsDevice(rule, { driver, pool: pool.name, device: name })),
    ).length;
  }
}
