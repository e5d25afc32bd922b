import type { ClusterView } from '../cache/cluster-view';
import type { NodeInfo } from '../cache/node-info';
import type { Rejection } from './rejection';

/** What nodes were refused for. A map by name is one. */
export interface NodeRejections {
  get(node: string): Rejection | undefined;
  values(): Iterable<Rejection>;
  /** The same as get without a search for the name. */
  ofNode?(node: NodeInfo): Rejection | undefined;
}

/** How many nodes each was given for: thousands share a few, so that texts are looked at once. */
export type RejectionTally = ReadonlyMap<Rejection, number>;

export function tallyOf(rejections: Iterable<Rejection>): Map<Rejection, number> {
  const counts = new Map<Rejection, number>();
  for (const one of rejections) counts.set(one, (counts.get(one) ?? 0) + 1);
  return counts;
}

export function rejectionOf(rejections: NodeRejections, node: NodeInfo): Rejection | undefined {
  return rejections.ofNode ? rejections.ofNode(node) : rejections.get(node.name);
}

/** Rejections that lie in columns, for as long as the cycle lasts: nothing is copied. */
export class ColumnRejections implements NodeRejections {
  readonly tally = new Map<Rejection, number>();

  constructor(
    private readonly cluster: ClusterView,
    readonly ofNode: (node: NodeInfo) => Rejection | undefined,
  ) {
    let last: Rejection | undefined;
    let run = 0;
    const close = (): void => {
      if (last) this.tally.set(last, (this.tally.get(last) ?? 0) + run);
    };
    for (const node of cluster.nodes) {
      const refused = ofNode(node);
      if (refused === last) {
        run++;
        continue;
      }
      close();
      last = refused;
      run = 1;
    }
    close();
  }

  get(name: string): Rejection | undefined {
    const node = this.cluster.node(name);
    return node && this.ofNode(node);
  }

  *values(): Iterable<Rejection> {
    for (const node of this.cluster.nodes) {
      const refused = this.ofNode(node);
      if (refused) yield refused;
    }
  }
}
