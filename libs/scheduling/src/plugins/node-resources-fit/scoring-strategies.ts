/** A resource that counts in a score, with what the node has of it and what would be taken once the pod is there. */
export interface ResourceShare {
  readonly requested: number;
  readonly allocatable: number;
  readonly weight: number;
}

/** 0..100 for one node. All arithmetic is kube-scheduler's on int64: each division drops its fraction. */
export type ScoringStrategy = (shares: readonly ResourceShare[]) => number;

const maxNodeScore = 100;

/** Whole quotient of a * b / c; products beyond 2^53 (bytes of large nodes) are computed exactly. */
function multiplyDivide(a: number, b: number, c: number): number {
  const product = a * b;
  if (Number.isSafeInteger(product)) return Math.trunc(product / c);
  return Number((BigInt(a) * BigInt(b)) / BigInt(c));
}

function leastRequested({ requested, allocatable }: ResourceShare): number {
  if (allocatable === 0 || requested > allocatable) return 0;
  return multiplyDivide(allocatable - requested, maxNodeScore, allocatable);
}

function mostRequested({ requested, allocatable }: ResourceShare): number {
  if (allocatable === 0) return 0;
  return multiplyDivide(Math.min(requested, allocatable), maxNodeScore, allocatable);
}

/** Resources that the node does not have do not count. */
function weightedMean(score: (share: ResourceShare) => number): ScoringStrategy {
  return (shares) => {
    let sum = 0;
    let weights = 0;
    for (const share of shares) {
      if (share.allocatable === 0) continue;
      sum += score(share) * share.weight;
      weights += share.weight;
    }
    return weights === 0 ? 0 : Math.trunc(sum / weights);
  };
}

export const leastAllocated: ScoringStrategy = weightedMean(leastRequested);
export const mostAllocated: ScoringStrategy = weightedMean(mostRequested);

export interface ShapePoint {
  /** Percent of the resource in use. */
  readonly utilization: number;
  /** 0..10 as configured. */
  readonly score: number;
}

/** Linear between the points, level before the first and after the last; points have rising utilisation. */
function brokenLine(points: readonly ShapePoint[]): (utilization: number) => number {
  const shape = points.map(({ utilization, score }) => ({ utilization, score: score * 10 }));
  return (utilization) => {
    for (let i = 0; i < shape.length; i++) {
      const point = shape[i] as ShapePoint;
      if (utilization > point.utilization) continue;
      const before = shape[i - 1];
      if (!before) return point.score;
      const rise = (point.score - before.score) * (utilization - before.utilization);
      return before.score + Math.trunc(rise / (point.utilization - before.utilization));
    }
    return shape.at(-1)?.score ?? 0;
  };
}

/** Scores by how full each resource would be, along the configured line. Only resources that score above 0 count. */
export function requestedToCapacityRatio(points: readonly ShapePoint[]): ScoringStrategy {
  const line = brokenLine(points);
  const scoreOf = ({ requested, allocatable }: ResourceShare): number =>
    allocatable === 0 || requested > allocatable ? line(100) : line(multiplyDivide(requested, 100, allocatable));
  return (shares) => {
    let sum = 0;
    let weights = 0;
    for (const share of shares) {
      if (share.allocatable === 0) continue;
      const score = scoreOf(share);
      if (score <= 0) continue;
      sum += score * share.weight;
      weights += share.weight;
    }
    return weights === 0 ? 0 : Math.round(sum / weights);
  };
}
