import type { PreScorePlugin, ScorePlugin } from '../../framework/plugin';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import type { ClusterView } from '../../cache/cluster-view';
import type { PodInfo } from '../../cache/pod-info';

const mebibyte = 1024 * 1024;
/** Below this sum of image bytes a node scores 0, kube-scheduler's minThreshold. */
const lowest = 23 * mebibyte;
/** Per container; above it a node scores 100. */
const highestPerContainer = 1000 * mebibyte;

/** Images are reported with their tag; one without a tag means latest. */
function withTag(image: string): string {
  return image.lastIndexOf(':') <= image.lastIndexOf('/') ? `${image}:latest` : image;
}

type Holders = ReadonlyMap<number, number>;

/** Prefers nodes that hold the pod's images already, weighted by how widely each image is spread. */
export class ImageLocality implements PreScorePlugin, ScorePlugin {
  static readonly pluginName = 'ImageLocality';
  readonly name = ImageLocality.pluginName;

  preScore(state: CycleState, { pod }: PodInfo, _nodes: FeasibleNodes, cluster: ClusterView): boolean {
    const present: { holders: Holders; share: number }[] = [];
    for (const { image } of [...(pod.spec?.initContainers ?? []), ...(pod.spec?.containers ?? [])]) {
      const holders = cluster.images.holders(withTag(image ?? ''));
      if (holders) present.push({ holders, share: holders.size / cluster.nodes.length });
    }
    state.write(this.name, present);
    return present.length > 0;
  }

  score(): number {
    throw new Error('ImageLocality scores all nodes at once');
  }

  scoreAll(state: CycleState, { pod }: PodInfo, { slots, count }: FeasibleNodes, scores: Float64Array): void {
    for (const { holders, share } of state.read<{ holders: Holders; share: number }[]>(this.name))
      for (let i = 0; i < count; i++) {
        const size = holders.get(slots[i] as number);
        if (size) scores[i] = (scores[i] as number) + Math.trunc(size * share);
      }
    const containers = (pod.spec?.containers.length ?? 0) + (pod.spec?.initContainers?.length ?? 0);
    const highest = highestPerContainer * containers;
    for (let i = 0; i < count; i++)
      scores[i] = Math.floor(
        (100 * (Math.min(Math.max(scores[i] as number, lowest), highest) - lowest)) / (highest - lowest),
      );
  }
}
