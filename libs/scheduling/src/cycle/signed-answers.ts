import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { PodInfo } from '../cache/pod-info';
import { CycleState } from '../framework/cycle-state';
import type { FeasibleNodes } from '../framework/feasible-nodes';
import type { FilterPlugin, PreScorePlugin, ScorePlugin, SignPlugin } from '../framework/plugin';
import type { Profile } from '../framework/profile';
import type { Rejection } from '../framework/rejection';
import { BestSlots } from './best-slots';
import { CrowdedNodes } from './crowded-nodes';

const noState = new CycleState();

function isSigned(plugin: object): boolean {
  return 'signPod' in plugin;
}

/** The plugins of a profile, split into those that sign pods and those that are asked every time. */
export class SplitProfile {
  readonly signers: readonly SignPlugin[];
  readonly signedFilters: readonly FilterPlugin[];
  readonly filters: readonly FilterPlugin[];
  /** Signed scores that need no normalising add up to one column. */
  readonly signedScores: readonly WeightedScore[];
  readonly normalizedScores: readonly WeightedScore[];
  readonly scores: readonly WeightedScore[];
  readonly preScores: readonly PreScorePlugin[];

  constructor(readonly profile: Profile) {
    const scores = profile.score.map(({ plugin, weight }) => ({ plugin, weight }));
    this.signers = profile.plugins.map(({ plugin }) => plugin).filter((one): one is SignPlugin => isSigned(one));
    this.signedFilters = profile.filter.filter(isSigned);
    this.filters = profile.filter.filter((plugin) => !isSigned(plugin));
    this.signedScores = scores.filter(({ plugin }) => isSigned(plugin) && !plugin.normalize);
    this.normalizedScores = scores.filter(({ plugin }) => isSigned(plugin) && plugin.normalize);
    this.scores = scores.filter(({ plugin }) => !isSigned(plugin));
    this.preScores = profile.preScore.filter((plugin) => !isSigned(plugin));
  }

  sign(pod: PodInfo): string {
    return this.signers.map((plugin) => plugin.signPod(pod)).join('\n');
  }
}

export interface WeightedScore {
  plugin: ScorePlugin;
  weight: number;
}

/** Raw scores of one plugin, by slot. */
class RawScores {
  column = new Float64Array(0);
  /** How many of them are not 0: where none is, normalising gives all nodes the same and can be left out. */
  different = 0;

  constructor(readonly score: WeightedScore) {}

  set(slot: number, raw: number): void {
    const before = this.column[slot] as number;
    this.different += Number(raw !== 0) - Number(before !== 0);
    this.column[slot] = raw;
  }
}

/** What the signed plugins say of each node about pods of one signature. Nodes are asked again when they changed. */
export class SignedAnswers {
  private asked = new Float64Array(0);
  /** Position in the cluster's changes. */
  private seen = -1;
  private readonly refusals: (Rejection | undefined)[] = [];
  /** By slot: 1 where there is a node that none of them refuses. */
  fits = new Uint8Array(0);
  /** Weighted sum of the scores that need no normalising, by slot. */
  base = new Float64Array(0);
  /** The same of nodes where others are nominated, while no unsigned plugin has a say. */
  readonly crowded = new CrowdedNodes();
  /** Which slots have the highest base. */
  readonly best = new BestSlots();
  /** Scores that are normalised over the feasible nodes. */
  readonly raw: readonly RawScores[];
  private readonly summed: readonly WeightedScore[];

  constructor(
    private readonly split: SplitProfile,
    private readonly pod: PodInfo,
    private readonly cluster: ClusterView,
  ) {
    const isActive = ({ plugin }: WeightedScore): boolean =>
      (plugin as Partial<PreScorePlugin>).preScore?.(noState, pod, noNodes, cluster) !== false;
    this.summed = split.signedScores.filter(isActive);
    this.raw = split.normalizedScores.filter(isActive).map((score) => new RawScores(score));
  }

  /** Brings the columns up to the cluster's state. */
  refresh(): void {
    const { changes, slotCount } = this.cluster;
    if (this.asked.length < slotCount) this.grow(slotCount);
    const seen = this.seen >= 0 && changes.since(this.seen, (slot) => this.look(slot));
    if (!seen) for (let slot = 0; slot < slotCount; slot++) this.look(slot);
    this.seen = changes.end;
  }

  private look(slot: number): void {
    const generation = this.cluster.generations[slot] as number;
    if (this.asked[slot] === generation) return;
    this.asked[slot] = generation;
    this.ask(slot);
  }

  refusal(slot: number): Rejection | undefined {
    return this.refusals[slot];
  }

  private grow(slotCount: number): void {
    const size = Math.max(slotCount, this.asked.length * 2);
    const wider = (column: Float64Array): Float64Array<ArrayBuffer> => {
      const copy = new Float64Array(size);
      copy.set(column);
      return copy;
    };
    this.asked = wider(this.asked);
    this.base = wider(this.base);
    for (const raw of this.raw) raw.column = wider(raw.column);
    const fits = new Uint8Array(size);
    fits.set(this.fits);
    this.fits = fits;
    this.best.grow(size);
  }

  private ask(slot: number): void {
    const node = this.cluster.inSlot(slot);
    this.refusals[slot] = node && this.refusalOf(node);
    const fits = node !== undefined && !this.refusals[slot];
    this.fits[slot] = fits ? 1 : 0;
    let base = 0;
    if (fits) for (const { plugin, weight } of this.summed) base += weight * plugin.score(noState, this.pod, node);
    this.base[slot] = base;
    this.best.set(slot, fits ? base : -Infinity);
    for (const raw of this.raw) raw.set(slot, fits ? raw.score.plugin.score(noState, this.pod, node) : 0);
  }

  private refusalOf(node: NodeInfo): Rejection | undefined {
    for (const plugin of this.split.signedFilters) {
      const refused = plugin.filter(noState, this.pod, node);
      if (refused) return refused;
    }
    return undefined;
  }
}

// Signed plugins promise not to look at it.
const noNodes = { count: 0 } as FeasibleNodes;
