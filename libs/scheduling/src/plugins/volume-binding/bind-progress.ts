import type { ClusterView } from '../../cache/cluster-view';
import { migratedOn, reachableTerms } from '../../volumes/csi-translation';
import { keyOf } from '../../volumes/object-table';
import type { StorageView } from '../../volumes/storage-view';
import { selectedNode } from './annotations';
import { Claim, isBound } from './pod-claims';
import type { ReservedProvision, ReservedVolume, ReservedVolumes } from './reserved-volumes';
import { PersistentVolumeView, isReachable } from './volume-choice';

type Versioned = Claim | PersistentVolumeView;

/** Whether what is seen does not show yet what was written. */
function isOlder(seen: Versioned, written: Versioned | undefined): boolean {
  const version = (object: Versioned): bigint => BigInt(object.metadata.resourceVersion ?? 0);
  return written !== undefined && version(seen) < version(written);
}

const quoted = (name: string | undefined): string => JSON.stringify(name ?? '');

/**
 * How far others have come with what was written for a pod. It looks at what the API shows and not at what is assumed:
 * another pod may assume something of the same objects meanwhile.
 */
export class BindProgress {
  constructor(
    private readonly node: string,
    private readonly cluster: ClusterView,
    private readonly storage: StorageView,
  ) {}

  /** True when all is bound. Throws when it will not come to that and the pod has to look for a node again. */
  isDone({ volumes, provisions }: ReservedVolumes): boolean {
    if (!this.cluster.node(this.node))
      throw new Error(`failed to get node ${quoted(this.node)}: node ${quoted(this.node)} not found`);
    return volumes.every((one) => this.isMatched(one)) && provisions.every((one) => this.isProvisioned(one));
  }

  private isMatched({ claim: reserved, assumed, written }: ReservedVolume): boolean {
    const { name = '' } = assumed.metadata;
    const volume = this.storage.volumes.get(name);
    if (!volume) throw new Error(`failed to check binding: persistentvolumes ${quoted(name)} not found`);
    const claim = this.claim(reserved, 'failed to check binding');
    if (isOlder(volume, written)) return false;
    this.mustBeReachable(volume);
    if (!volume.spec?.claimRef?.uid) throw new Error(`ClaimRef got reset for pv ${quoted(name)}`);
    return isBound(claim);
  }

  private isProvisioned({ assumed, written }: ReservedProvision): boolean {
    const claim = this.claim(assumed, 'failed to check provisioning pvc');
    if (isOlder(claim, written)) return false;
    const { annotations, name } = claim.metadata;
    if (!annotations) throw new Error(`selectedNode annotation reset for PVC ${quoted(name)}`);
    // The provisioner takes the annotation away when it cannot make the volume there.
    if (annotations[selectedNode] !== this.node) throw new Error(`provisioning failed for PVC ${quoted(name)}`);
    const { volumeName } = claim.spec ?? {};
    if (!volumeName) return false;
    const volume = this.storage.volumes.get(volumeName);
    // The claim may be seen before its volume.
    if (!volume) return false;
    this.mustBeReachable(volume);
    return isBound(claim);
  }

  private claim(known: Claim, during: string): Claim {
    const key = keyOf(known);
    const claim = this.storage.claims.get(key);
    if (!claim) throw new Error(`${during}: persistentvolumeclaims ${quoted(key)} not found`);
    return claim;
  }

  private mustBeReachable(volume: PersistentVolumeView): void {
    const node = this.cluster.node(this.node);
    const onNode = migratedOn(this.storage.csiNodes.get(this.node));
    if (node && isReachable(reachableTerms(volume, onNode), node.node)) return;
    throw new Error(
      `pv ${quoted(volume.metadata.name)} node affinity doesn't match node ${quoted(this.node)}: no matching NodeSelectorTerms`,
    );
  }
}
