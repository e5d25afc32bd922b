import { isAlreadyExists, isConflict, isNotFound, semanticEqual, type CsiNode, type Node } from '@nestor/api';
import type { ResourceClient } from '@nestor/client';
import type { CsiNodeInfo } from '@nestor/csi';

type Driver = NonNullable<CsiNode['spec']['drivers']>[number];

const nodeIdAnnotation = 'csi.volume.kubernetes.io/nodeid';

export interface CsiNodeObjectOptions {
  nodeName: string;
  nodeUid(): string | undefined;
  nodes: ResourceClient<Node>;
  csiNodes: ResourceClient<CsiNode>;
}

/** Keeps the CSINode object and what the Node says of its drivers (nodeinfomanager). */
export class CsiNodeObject {
  constructor(private readonly options: CsiNodeObjectOptions) {}

  /** Every node has the object, with or without drivers. */
  async ensure(): Promise<void> {
    await this.change((drivers) => drivers);
  }

  async add(name: string, { nodeId, topology, maxVolumesPerNode }: CsiNodeInfo): Promise<void> {
    if (!nodeId) throw new Error('error adding CSI driver node info: driverNodeID must not be empty');
    const topologyKeys = Object.keys(topology).sort();
    const driver: Driver = {
      name,
      nodeID: nodeId,
      topologyKeys,
      ...(maxVolumesPerNode > 0 ? { allocatable: { count: maxVolumesPerNode } } : {}),
    };
    await this.annotate(name, nodeId, topology);
    await this.change((drivers) => [...drivers.filter((one) => one.name !== name), driver]);
  }

  async remove(name: string): Promise<void> {
    await this.change((drivers) => drivers.filter((one) => one.name !== name));
    await this.annotate(name, undefined, {});
  }

  private async annotate(name: string, nodeId: string | undefined, labels: Record<string, string>): Promise<void> {
    const { nodes, nodeName } = this.options;
    const { metadata } = await nodes.get(nodeName);
    const { [name]: _before, ...others } = JSON.parse(metadata.annotations?.[nodeIdAnnotation] ?? '{}') as Record<
      string,
      string
    >;
    const ids = nodeId === undefined ? others : { ...others, [name]: nodeId };
    const text = Object.keys(ids).length > 0 ? JSON.stringify(ids) : null;
    const annotations = { [nodeIdAnnotation]: text };
    await nodes.patch(nodeName, undefined, 'merge', { metadata: { annotations, labels } });
  }

  private async change(edit: (drivers: Driver[]) => Driver[]): Promise<void> {
    const { csiNodes, nodeName } = this.options;
    try {
      const found = await csiNodes.get(nodeName);
      const drivers = edit(found.spec.drivers ?? []);
      if (semanticEqual(drivers, found.spec.drivers ?? [])) return;
      await csiNodes.update({ ...found, spec: { ...found.spec, drivers } });
    } catch (error) {
      if (isConflict(error) && !isAlreadyExists(error)) return this.change(edit);
      if (!isNotFound(error)) throw error;
      await this.create(edit);
    }
  }

  private async create(edit: (drivers: Driver[]) => Driver[]): Promise<void> {
    const { csiNodes, nodeName, nodeUid } = this.options;
    const owner = { apiVersion: 'v1', kind: 'Node', name: nodeName, uid: nodeUid() ?? '' };
    try {
      await csiNodes.create({
        apiVersion: 'storage.k8s.io/v1',
        kind: 'CSINode',
        metadata: { name: nodeName, ownerReferences: [owner] },
        spec: { drivers: edit([]) },
      });
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
      await this.change(edit);
    }
  }
}
