import type { DeepReadonly, PersistentVolume } from '@nestor/api';
import type { NodeInfo } from '../../cache/node-info';
import type { PodInfo } from '../../cache/pod-info';
import { ClusterEventInterest, interest } from '../../framework/cluster-event';
import type { CycleState } from '../../framework/cycle-state';
import type { FeasibleNodes } from '../../framework/feasible-nodes';
import type { FilterPlugin, PreFilterOutcome, PreFilterPlugin } from '../../framework/plugin';
import { Rejection, rejection } from '../../framework/rejection';
import type { ClaimUse } from '../../volumes/pod-storage';
import { storageInterest, usesClaim } from '../../volumes/storage-events';
import { StorageView, className } from '../../volumes/storage-view';

const name = 'VolumeZone';
const skip = { skip: true } as const;
const elsewhere = rejection(name, 'unresolvable', 'node(s) had no available volume zone');

/** The labels that name a zone or region, the older ones with those that took their place. */
const successors: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
};
const topologyLabels = [...Object.keys(successors), ...Object.values(successors)];

interface VolumePlace {
  readonly label: string;
  readonly values: readonly string[];
}

/** Zones and regions that the volume's labels name; a label may name several, and one with an empty part names none. */
function placesOf({ metadata }: DeepReadonly<PersistentVolume>): VolumePlace[] {
  return topologyLabels.flatMap((label) => {
    const values = metadata.labels?.[label]?.split('__').map((value) => value.trim());
    return values && !values.includes('') ? [{ label, values }] : [];
  });
}

function samePlaces(a: DeepReadonly<PersistentVolume>, b: DeepReadonly<PersistentVolume> | undefined): boolean {
  return b !== undefined && JSON.stringify(placesOf(a)) === JSON.stringify(placesOf(b));
}

/** A pod goes to a node in the zone and region that its bound volumes are labelled with. */
export class VolumeZone implements PreFilterPlugin, FilterPlugin {
  static readonly pluginName = name;
  readonly name = name;
  readonly events: readonly ClusterEventInterest[] = [
    storageInterest('StorageClass', 'Add', (_pod, { object }) => object.volumeBindingMode === 'WaitForFirstConsumer'),
    interest('NodeAdded'),
    interest('NodeUpdated', (_pod, { changed }) => changed.has('labels')),
    storageInterest('PersistentVolumeClaim', 'Add', (pod, change) => usesClaim(pod, change, false)),
    storageInterest('PersistentVolumeClaim', 'Update', (pod, change) => usesClaim(pod, change, false)),
    storageInterest('PersistentVolume', 'Add'),
    storageInterest('PersistentVolume', 'Update', (_pod, { object, before }) => !samePlaces(object, before)),
  ];

  constructor(private readonly storage: StorageView) {}

  preFilter(state: CycleState, { storage }: PodInfo): PreFilterOutcome {
    if (!storage || storage.claims.length === 0) return skip;
    const places: VolumePlace[] = [];
    for (const use of storage.claims) {
      if (use.isEphemeral) continue;
      const volume = this.volumeOf(use);
      if (typeof volume === 'string') return { rejected: rejection(name, 'unresolvable', volume) };
      if (volume) places.push(...placesOf(volume));
    }
    if (places.length === 0) return skip;
    state.write(name, places);
    return undefined;
  }

  filter(state: CycleState, _pod: PodInfo, { labels }: NodeInfo): Rejection | undefined {
    // A node that says nothing of zones is in a cluster without any.
    if (!topologyLabels.some((label) => labels[label] !== undefined)) return undefined;
    for (const { label, values } of state.read<readonly VolumePlace[]>(name)) {
      const own = labels[label] ?? labels[successors[label] ?? label];
      if (own === undefined || !values.includes(own)) return elsewhere;
    }
    return undefined;
  }

  filterAll(state: CycleState, pod: PodInfo, nodes: FeasibleNodes): void {
    nodes.filterEach((node) => this.filter(state, pod, node));
  }

  /** The claim's volume, undefined where it is still to be found with the node, or why the pod has to wait. */
  private volumeOf({ name: claimName, key }: ClaimUse): DeepReadonly<PersistentVolume> | string | undefined {
    if (claimName === '') return 'PersistentVolumeClaim had no name';
    const claim = this.storage.claims.get(key);
    if (!claim) return `persistentvolumeclaim ${JSON.stringify(claimName)} not found`;
    const { volumeName } = claim.spec ?? {};
    if (volumeName)
      return this.storage.volumes.get(volumeName) ?? `persistentvolume ${JSON.stringify(volumeName)} not found`;
    const named = className(claim);
    if (named === '') return 'PersistentVolumeClaim had no pv name and storageClass name';
    const storageClass = this.storage.classes.get(named);
    if (!storageClass) return `storageclass.storage.k8s.io ${JSON.stringify(named)} not found`;
    if (!storageClass.volumeBindingMode) return `VolumeBindingMode not set for StorageClass ${JSON.stringify(named)}`;
    return storageClass.volumeBindingMode === 'WaitForFirstConsumer' ? undefined : 'PersistentVolume had no name';
  }
}
