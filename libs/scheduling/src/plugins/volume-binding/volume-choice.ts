import {
  type DeepReadonly,
  type Node,
  type NodeSelectorTerm,
  type PersistentVolume,
  compareQuantities,
  labelSelectorMatcher,
  matchesNodeTerm,
  quantityFrom,
} from '@nestor/api';
import type { Claim } from './pod-claims';

export type PersistentVolumeView = DeepReadonly<PersistentVolume>;

export const requestOf = (claim: Claim) => quantityFrom(claim.spec?.resources?.requests?.['storage']);
const capacityOf = (volume: PersistentVolumeView) => quantityFrom(volume.spec?.capacity?.['storage']);

/** Whether one of the terms holds; no terms at all hold everywhere. */
export function isReachable(terms: readonly NodeSelectorTerm[] | undefined, node: DeepReadonly<Node>): boolean {
  return terms === undefined || terms.some((term) => matchesNodeTerm(term, node));
}

function isMeantFor({ spec }: PersistentVolumeView, { metadata }: Claim): boolean {
  const { claimRef } = spec ?? {};
  return (
    claimRef?.name === metadata.name &&
    claimRef?.namespace === metadata.namespace &&
    (!claimRef?.uid || claimRef.uid === metadata.uid)
  );
}

/** What also a volume that is kept for the claim must have. */
function isUsable(volume: PersistentVolumeView, claim: Claim): boolean {
  return (
    compareQuantities(capacityOf(volume), requestOf(claim)) >= 0 &&
    (volume.spec?.volumeMode ?? 'Filesystem') === (claim.spec?.volumeMode ?? 'Filesystem') &&
    (volume.spec?.volumeAttributesClassName ?? '') === (claim.spec?.volumeAttributesClassName ?? '') &&
    !volume.metadata.deletionTimestamp
  );
}

function isFreeFor(volume: PersistentVolumeView, claim: Claim, selects: (labels: object | undefined) => boolean) {
  return (
    !volume.spec?.claimRef &&
    volume.status?.phase === 'Available' &&
    selects(volume.metadata.labels) &&
    (claim.spec?.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode))
  );
}

/** A volume with its place in the order of preference. */
interface Ranked {
  readonly volume: PersistentVolumeView;
  readonly rank: number;
}

/** The label values that every term of the volume's affinity is tied to, if each names some: local volumes name a node. */
function tiesOf(volume: PersistentVolumeView): string[] | undefined {
  const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (!terms) return undefined;
  const ties: string[] = [];
  for (const { matchExpressions } of terms) {
    const tie = matchExpressions?.find(({ operator }) => operator === 'In');
    if (!tie) return undefined;
    ties.push(...(tie.values ?? []).map((value) => tieOf(tie.key, value)));
  }
  return ties;
}

const tieOf = (label: string, value: string): string => `${label}=${value}`;

/**
 * The volumes there are for one claim (volume.FindMatchingVolume), sorted out once so that each node costs a look at
 * those only that can be there.
 */
export class VolumeChoice {
  /** Kept for the claim: the first of them is taken or none. */
  private readonly kept: PersistentVolumeView[] = [];
  private readonly anywhere: Ranked[] = [];
  private readonly tied = new Map<string, Ranked[]>();
  private readonly tyingLabels = new Set<string>();

  constructor(
    readonly claim: Claim,
    volumes: Iterable<PersistentVolumeView>,
  ) {
    const { selector } = claim.spec ?? {};
    const matcher = selector && labelSelectorMatcher(selector);
    const selects = (labels: object | undefined): boolean =>
      !matcher || matcher.matches((labels ?? {}) as Readonly<Record<string, string>>);
    const free: PersistentVolumeView[] = [];
    for (const volume of volumes) {
      if (!isUsable(volume, claim)) continue;
      if (isMeantFor(volume, claim)) this.kept.push(volume);
      else if (isFreeFor(volume, claim, selects)) free.push(volume);
    }
    free
      .sort((a, b) => compareQuantities(capacityOf(a), capacityOf(b)))
      .forEach((volume, rank) => this.file({ volume, rank }));
  }

  /** The volume for the claim on the node: the one kept for it, else the smallest. */
  on(node: DeepReadonly<Node>, taken: ReadonlySet<PersistentVolumeView>): PersistentVolumeView | undefined {
    const fits = (volume: PersistentVolumeView): boolean =>
      isReachable(volume.spec?.nodeAffinity?.required?.nodeSelectorTerms, node);
    const kept = this.kept.find((volume) => !taken.has(volume));
    if (kept) return fits(kept) ? kept : undefined;
    let best = this.anywhere.find(({ volume }) => !taken.has(volume) && fits(volume));
    for (const label of this.tyingLabels) {
      const value = node.metadata.labels?.[label];
      for (const one of (value !== undefined && this.tied.get(tieOf(label, value))) || []) {
        if (best && one.rank >= best.rank) break;
        if (!taken.has(one.volume) && fits(one.volume)) best = one;
      }
    }
    return best?.volume;
  }

  private file(one: Ranked): void {
    const ties = tiesOf(one.volume);
    if (!ties) return void this.anywhere.push(one);
    for (const tie of ties) {
      this.tyingLabels.add(tie.slice(0, tie.indexOf('=')));
      const there = this.tied.get(tie);
      if (there) there.push(one);
      else this.tied.set(tie, [one]);
    }
  }
}
