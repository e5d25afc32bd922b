import type { CsiNodeCapability, CsiNodeInfo, ExpandVolume, PublishVolume, StageVolume } from '../csi-types';
import { GrpcService } from './grpc-service';

/** The kubelet's csiTimeout: mounting may mean formatting. */
const mountMs = 2 * 60_000;
const askMs = 15_000;

/** A driver's node service. */
export class CsiNodeDriver {
  private readonly node: GrpcService;
  private known: Promise<ReadonlySet<CsiNodeCapability>> | undefined;

  constructor(
    readonly name: string,
    readonly endpoint: string,
  ) {
    this.node = new GrpcService('node', endpoint);
  }

  async info(): Promise<CsiNodeInfo> {
    const answer = await this.node.call<{
      nodeId: string;
      maxVolumesPerNode: number;
      accessibleTopology: { segments: Record<string, string> } | null;
    }>('NodeGetInfo', {}, askMs);
    const { nodeId, maxVolumesPerNode, accessibleTopology } = answer;
    return { nodeId, maxVolumesPerNode, topology: accessibleTopology?.segments ?? {} };
  }

  /** Asked once: a driver that changes is registered anew. */
  async capabilities(): Promise<ReadonlySet<CsiNodeCapability>> {
    this.known ??= this.askCapabilities();
    try {
      return await this.known;
    } catch (error) {
      this.known = undefined;
      throw error;
    }
  }

  async stage(request: StageVolume): Promise<void> {
    await this.node.call('NodeStageVolume', request, mountMs);
  }

  async unstage(volumeId: string, stagingTargetPath: string): Promise<void> {
    await this.node.call('NodeUnstageVolume', { volumeId, stagingTargetPath }, mountMs);
  }

  async publish(request: PublishVolume): Promise<void> {
    await this.node.call('NodePublishVolume', request, mountMs);
  }

  async unpublish(volumeId: string, targetPath: string): Promise<void> {
    await this.node.call('NodeUnpublishVolume', { volumeId, targetPath }, mountMs);
  }

  /** Bytes the volume has then; 0 where the driver does not say. */
  async expand(request: ExpandVolume): Promise<number> {
    const { capacityBytes } = await this.node.call<{ capacityBytes: number }>('NodeExpandVolume', request, mountMs);
    return capacityBytes;
  }

  close(): void {
    this.node.close();
  }

  private async askCapabilities(): Promise<ReadonlySet<CsiNodeCapability>> {
    const { capabilities } = await this.node.call<{ capabilities: { rpc: { type: CsiNodeCapability } | null }[] }>(
      'NodeGetCapabilities',
      {},
      askMs,
    );
    return new Set(capabilities.flatMap(({ rpc }) => (rpc ? [rpc.type] : [])));
  }
}
