import type { PreScorePlugin, ScorePlugin } from '../../framework/plugin';
import type { CycleState } from '../../framework/cycle-state';
import type { ClusterView } from '../../cache/cluster-view';
import type { NodeInfo } from '../../cache/node-info';
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

/** Prefers nodes that hold the pod's images already, weighted by how widely each image is spread. */
export class ImageLocality implements PreScorePlugin, ScorePlugin {
  static readonly pluginName = 'ImageLocality';
  readonly name = ImageLocality.pluginName;

  preScore(state: CycleState, pod: PodInfo, _nodes: readonly NodeInfo[], cluster: ClusterView): boolean {
    const images = [...(pod.pod.spec?.initContainers ?? []), ...(pod.pod.spec?.containers ?? [])].map(({ image }) =>
      withTag(image ?? ''),
    );
    const spread = images.map((image) => {
      const holders = cluster.nodes.reduce((count, node) => count + (node.imageSizes.has(image) ? 1 : 0), 0);
      return { image, share: cluster.nodes.length === 0 ? 0 : holders / cluster.nodes.length };
    });
    state.write(
      this.name,
      spread.filter(({ share }) => share > 0),
    );
    return spread.some(({ share }) => share > 0);
  }

  score(state: CycleState, pod: PodInfo, node: NodeInfo): number {
    const spread = state.read<{ image: string; share: number }[]>(this.name);
    let sum = 0;
    for (const { image, share } of spread) sum += Math.floor((node.imageSizes.get(image) ?? 0) * share);
    const containers = (pod.pod.spec?.containers.length ?? 0) + (pod.pod.spec?.initContainers?.length ?? 0);
    const highest = highestPerContainer * containers;
    return Math.floor((100 * (Math.min(Math.max(sum, lowest), highest) - lowest)) / (highest - lowest));
  }
}
