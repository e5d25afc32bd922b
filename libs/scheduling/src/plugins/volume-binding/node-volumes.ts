import { type DeepReadonly, type Node, compareQuantities } from '@nestor/api';
import { migratedOn, reachableTerms } from '../../volumes/csi-translation';
import { StorageView, className } from '../../volumes/storage-view';
import { selectedNode } from './annotations';
import type { Claim, PodClaims } from './pod-claims';
import { ProvisionCheck } from './provision-check';
import { PersistentVolumeView, VolumeChoice, isReachable, requestOf } from './volume-choice';

export interface Match {
  readonly claim: Claim;
  readonly volume: PersistentVolumeView;
}

/** How the pod's claims would be met on a node. */
export interface NodeVolumes {
  readonly matches: readonly Match[];
  readonly provisions: readonly Claim[];
}

const reasons = {
  nodeConflict: 'node(s) had volume node affinity conflict',
  noVolume: "node(s) didn't find available persistent volumes to bind",
  noSpace: 'node(s) did not have enough free storage',
  volumeGone: 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)',
} as const;

const nothingToDo: NodeVolumes = { matches: [], provisions: [] };

/** A pod's claims, with everything that is the same for all nodes worked out once. */
export class VolumeSearch {
  private readonly bound: readonly (PersistentVolumeView | undefined)[];
  /** Claims for which a provisioner is at work already, with the node it was asked for. */
  private readonly selected: readonly { node: string; check: ProvisionCheck }[];
  /** The small claims choose first, so that they leave the large volumes to the large ones. */
  private readonly choices: readonly VolumeChoice[];
  private readonly checks = new Map<Claim, ProvisionCheck>();

  constructor(
    { bound, delayed }: PodClaims,
    private readonly storage: StorageView,
  ) {
    this.bound = bound.map(({ spec }) => storage.volumes.current(spec?.volumeName ?? ''));
    const nodeOf = ({ metadata }: Claim): string | undefined => metadata.annotations?.[selectedNode];
    this.selected = delayed.flatMap((claim) => {
      const node = nodeOf(claim);
      return node === undefined ? [] : [{ node, check: this.checkOf(claim) }];
    });
    this.choices = delayed
      .filter((claim) => nodeOf(claim) === undefined)
      .sort((a, b) => compareQuantities(requestOf(a), requestOf(b)))
      .map((claim) => new VolumeChoice(claim, storage.volumes.currentIn(className(claim))));
  }

  /** How the claims would be met on the node, or why they cannot. */
  on(node: DeepReadonly<Node>): NodeVolumes | readonly string[] {
    const problem = this.problemOfBound(node);
    const refused: string[] = problem === reasons.nodeConflict ? [problem] : [];
    const found = this.unboundOn(node);
    if (typeof found === 'string') refused.push(found);
    if (problem === reasons.volumeGone) refused.push(problem);
    return refused.length > 0 ? refused : (found as NodeVolumes);
  }

  private problemOfBound(node: DeepReadonly<Node>): string | undefined {
    if (this.bound.length === 0) return undefined;
    const onNode = migratedOn(this.storage.csiNodes.get(node.metadata.name ?? ''));
    for (const volume of this.bound) {
      if (!volume) return reasons.volumeGone;
      if (!isReachable(reachableTerms(volume, onNode), node)) return reasons.nodeConflict;
    }
    return undefined;
  }

  private unboundOn(node: DeepReadonly<Node>): NodeVolumes | string {
    const { selected, choices } = this;
    if (selected.length + choices.length === 0) return nothingToDo;
    if (selected.some((one) => one.node !== node.metadata.name)) return reasons.noVolume;
    const matches: Match[] = [];
    const unmatched: Claim[] = [];
    const taken = new Set<PersistentVolumeView>();
    for (const choice of choices) {
      const volume = choice.on(node, taken);
      if (volume) {
        taken.add(volume);
        matches.push({ claim: choice.claim, volume });
      } else unmatched.push(choice.claim);
    }
    return this.provisioned(node, matches, [...selected.map(({ check }) => check.claim), ...unmatched]);
  }

  private provisioned(
    node: DeepReadonly<Node>,
    matches: readonly Match[],
    provisions: readonly Claim[],
  ): NodeVolumes | string {
    for (const claim of provisions) {
      const outcome = this.checkOf(claim).on(node);
      if (outcome === 'impossible') return reasons.noVolume;
      if (outcome === 'no space') return reasons.noSpace;
    }
    return { matches, provisions };
  }

  private checkOf(claim: Claim): ProvisionCheck {
    let check = this.checks.get(claim);
    if (!check) this.checks.set(claim, (check = new ProvisionCheck(claim, this.storage)));
    return check;
  }
}
