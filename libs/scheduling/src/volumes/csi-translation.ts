import type { CsiNode, DeepReadonly, NodeSelectorTerm, PersistentVolume } from '@nestor/api';
import type { Volume } from './pod-storage';

/** A volume source that was in Kubernetes itself before it was left to a CSI driver (csi-translation-lib). */
interface Migrated {
  readonly plugin: string;
  readonly driver: string;
  /** Where the driver says on nodes in which zone they are, if volumes are bound to zones. */
  readonly zoneKey?: string;
  /** The driver's name for the volume; undefined when the source is another one. */
  handle(source: DeepReadonly<Sources>, zones: readonly string[]): string | undefined;
}

type Sources = Pick<
  NonNullable<PersistentVolume['spec']>,
  'awsElasticBlockStore' | 'gcePersistentDisk' | 'portworxVolume'
> & {
  azureDisk?: { diskURI?: string };
  cinder?: { volumeID?: string };
};

function gceHandle(disk: string, zones: readonly string[]): string {
  const [zone = 'UNSPECIFIED'] = zones;
  // A disk of more than one zone is one of their region: the zone's name without its last part.
  const place = zones.length > 1 ? `regions/${zone.slice(0, zone.lastIndexOf('-'))}` : `zones/${zone}`;
  return `projects/UNSPECIFIED/${place}/disks/${disk}`;
}

const migrated: readonly Migrated[] = [
  {
    plugin: 'kubernetes.io/aws-ebs',
    driver: 'ebs.csi.aws.com',
    zoneKey: 'topology.ebs.csi.aws.com/zone',
    // "aws://us-east-1a/vol-1" and "vol-1" are the same.
    handle: ({ awsElasticBlockStore: disk }) => disk?.volumeID?.slice(disk.volumeID.lastIndexOf('/') + 1),
  },
  {
    plugin: 'kubernetes.io/gce-pd',
    driver: 'pd.csi.storage.gke.io',
    zoneKey: 'topology.gke.io/zone',
    handle: ({ gcePersistentDisk: disk }, zones) => disk && gceHandle(disk.pdName ?? '', zones),
  },
  { plugin: 'kubernetes.io/azure-disk', driver: 'disk.csi.azure.com', handle: ({ azureDisk }) => azureDisk?.diskURI },
  {
    plugin: 'kubernetes.io/cinder',
    driver: 'cinder.csi.openstack.org',
    zoneKey: 'topology.cinder.csi.openstack.org/zone',
    handle: ({ cinder }) => cinder?.volumeID,
  },
  {
    plugin: 'kubernetes.io/portworx-volume',
    driver: 'pxd.portworx.com',
    handle: ({ portworxVolume }) => portworxVolume?.volumeID,
  },
];

const annotation = 'storage.alpha.kubernetes.io/migrated-plugins';

/** The names of the plugins that the node leaves to CSI drivers, as one text. */
export function migratedOn(csiNode: DeepReadonly<CsiNode> | undefined): string {
  return csiNode?.metadata.annotations?.[annotation] ?? '';
}

function isMigrated(plugin: string, onNode: string): boolean {
  return onNode.split(',').includes(plugin);
}

const zoneLabels = ['topology.kubernetes.io/zone', 'failure-domain.beta.kubernetes.io/zone'];

type Requirements = NonNullable<NodeSelectorTerm['matchExpressions']>;

function requiredTerms({ spec }: DeepReadonly<PersistentVolume>): readonly NodeSelectorTerm[] {
  return spec?.nodeAffinity?.required?.nodeSelectorTerms ?? [];
}

/** The zones of a volume: what its node affinity demands, else its label. */
function zonesOf(volume: DeepReadonly<PersistentVolume>): string[] {
  const demanded = requiredTerms(volume)
    .flatMap(({ matchExpressions }) => matchExpressions ?? [])
    .filter(({ key }) => zoneLabels.includes(key))
    .flatMap(({ values }) => values ?? []);
  if (demanded.length > 0) return [...new Set(demanded)].sort();
  const label = zoneLabels.map((key) => volume.metadata.labels?.[key]).find((value) => value !== undefined);
  return label === undefined ? [] : label.split('__').sort();
}

export interface CsiVolume {
  readonly driver: string;
  readonly handle: string;
}

/** Which volume of which driver it is; undefined for one that no CSI driver has to do with on the node. */
export function csiVolumeOf(volume: DeepReadonly<PersistentVolume>, onNode: string): CsiVolume | undefined {
  const { csi } = volume.spec ?? {};
  if (csi) return { driver: csi.driver, handle: csi.volumeHandle };
  return translated(volume.spec as Sources, onNode, zonesOf(volume));
}

/** The same of a volume in a pod that names a disk itself. */
export function csiVolumeOfDisk(disk: Volume, onNode: string): CsiVolume | undefined {
  return translated(disk, onNode, []);
}

function translated(source: DeepReadonly<Sources>, onNode: string, zones: readonly string[]): CsiVolume | undefined {
  if (onNode === '') return undefined;
  for (const { plugin, driver, handle } of migrated) {
    const name = handle(source, zones);
    if (name !== undefined) return isMigrated(plugin, onNode) ? { driver, handle: name } : undefined;
  }
  return undefined;
}

/** The CSI driver that provisions for a class; undefined for a plugin that is not migrated on the node. */
export function driverOf(provisioner: string, onNode: string): string | undefined {
  const known = migrated.find(({ plugin }) => plugin === provisioner);
  if (!known) return provisioner;
  return isMigrated(provisioner, onNode) ? known.driver : undefined;
}

/**
 * Where the volume can be used; undefined for everywhere. Where its plugin is migrated, the zone is asked of the
 * driver's label.
 */
export function reachableTerms(
  volume: DeepReadonly<PersistentVolume>,
  onNode: string,
): readonly NodeSelectorTerm[] | undefined {
  const given = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (onNode === '' || volume.spec?.csi) return given;
  const source = volume.spec as Sources;
  const known = migrated.find(({ handle }) => handle(source, []) !== undefined);
  if (!known?.zoneKey || !isMigrated(known.plugin, onNode)) return given;
  return inDriverZones(known.zoneKey, volume, given);
}

function inDriverZones(
  zoneKey: string,
  volume: DeepReadonly<PersistentVolume>,
  given: readonly NodeSelectorTerm[] | undefined,
): readonly NodeSelectorTerm[] | undefined {
  const ofDriver = (expressions: Requirements): Requirements =>
    expressions.map((one) => (zoneLabels.includes(one.key) ? { ...one, key: zoneKey } : one));
  const terms = (given ?? []).map((term) => ({ ...term, matchExpressions: ofDriver(term.matchExpressions ?? []) }));
  if (terms.some(({ matchExpressions }) => matchExpressions.some(({ key }) => key === zoneKey))) return terms;
  const values = zonesOf(volume);
  if (values.length === 0) return given;
  const zone = { key: zoneKey, operator: 'In', values };
  return terms.length === 0
    ? [{ matchExpressions: [zone] }]
    : terms.map((term) => ({ ...term, matchExpressions: [...term.matchExpressions, zone] }));
}
