import type { NodeInfo } from './node-info';

/** Which nodes have an image, so that a pod's images are looked up and not searched for. */
export class NodeImages {
  private readonly bySlot = new Map<string, Map<number, number>>();

  add(node: NodeInfo): void {
    for (const [image, size] of node.imageSizes) {
      const holders = this.bySlot.get(image);
      if (holders) holders.set(node.slot, size);
      else this.bySlot.set(image, new Map([[node.slot, size]]));
    }
  }

  remove(node: NodeInfo): void {
    for (const image of node.imageSizes.keys()) {
      const holders = this.bySlot.get(image);
      holders?.delete(node.slot);
      if (holders?.size === 0) this.bySlot.delete(image);
    }
  }

  /** Bytes of the image by slot of the nodes that have it. */
  holders(image: string): ReadonlyMap<number, number> | undefined {
    return this.bySlot.get(image);
  }
}
