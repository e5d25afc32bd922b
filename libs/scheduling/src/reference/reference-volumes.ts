import type {
  CsiDriver,
  CsiNode,
  CsiStorageCapacity,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
  VolumeAttachment,
} from '@nestor/api';

/** The volume plugins as they are defined, written like the rest of the reference and sharing no code with them. */
export interface PlainStorage {
  claims: PersistentVolumeClaim[];
  volumes: PersistentVolume[];
  classes: StorageClass[];
  csiNodes: CsiNode[];
  drivers: CsiDriver[];
  capacities: CsiStorageCapacity[];
  attachments: VolumeAttachment[];
}

export interface VolumesOnNode {
  matches: { claim: PersistentVolumeClaim; volume: PersistentVolume }[];
  provisions: PersistentVolumeClaim[];
}

type PodVolume = NonNullable<NonNullable<Pod['spec']>['volumes']>[number];
type Use = { name: string; ephemeral: boolean };

function useOf(pod: Pod, { name, persistentVolumeClaim: claim, ephemeral }: PodVolume): Use[] {
  if (claim) return [{ name: claim.claimName, ephemeral: false }];
  return ephemeral ? [{ name: `${pod.metadata.name}-${name}`, ephemeral: true }] : [];
}

const usesOf = (pod: Pod): Use[] => (pod.spec?.volumes ?? []).flatMap((volume) => useOf(pod, volume));

function claimOf(storage: PlainStorage, pod: Pod, { name }: Use): PersistentVolumeClaim | undefined {
  return storage.claims.find(({ metadata }) => metadata.name === name && metadata.namespace === pod.metadata.namespace);
}

const volumeNamed = (storage: PlainStorage, name: string | undefined): PersistentVolume | undefined =>
  storage.volumes.find(({ metadata }) => metadata.name === name);
const classOfClaim = (storage: PlainStorage, claim: PersistentVolumeClaim): StorageClass | undefined =>
  storage.classes.find(({ metadata }) => metadata.name === claim.spec?.storageClassName);
const isBound = ({ metadata, spec }: PersistentVolumeClaim): boolean =>
  Boolean(spec?.volumeName && metadata.annotations?.['pv.kubernetes.io/bind-completed']);
const isDelayed = (storage: PlainStorage, claim: PersistentVolumeClaim): boolean =>
  !isBound(claim) &&
  !claim.spec?.volumeName &&
  classOfClaim(storage, claim)?.volumeBindingMode === 'WaitForFirstConsumer';
const gibibytes = (quantity: string | undefined): number => Number((quantity ?? '0').replace('Gi', ''));
const sizeOf = ({ spec }: PersistentVolumeClaim): number => gibibytes(spec?.resources?.requests?.['storage']);
const ownedBy = (claim: PersistentVolumeClaim, pod: Pod): boolean =>
  (claim.metadata.ownerReferences ?? []).some(({ controller, uid }) => controller && uid === pod.metadata.uid);

/** Each claim once. */
function claimsOf(storage: PlainStorage, pod: Pod): PersistentVolumeClaim[] {
  return [...new Set(usesOf(pod).flatMap((use) => claimOf(storage, pod, use) ?? []))];
}

// --- what makes a pod wait whatever the nodes

export function volumesRejection(storage: PlainStorage, pod: Pod): string | undefined {
  const { namespace, name: podName } = pod.metadata;
  for (const use of usesOf(pod))
    if (!use.ephemeral && !claimOf(storage, pod, use)) return `persistentvolumeclaim "${use.name}" not found`;
  for (const use of usesOf(pod)) {
    const claim = claimOf(storage, pod, use);
    if (!claim) return `waiting for ephemeral volume controller to create the persistentvolumeclaim "${use.name}"`;
    const { volumeName = '' } = claim.spec ?? {};
    if (claim.status?.phase === 'Lost')
      return `persistentvolumeclaim "${use.name}" bound to non-existent persistentvolume "${volumeName}"`;
    if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim "${use.name}" is being deleted`;
    if (use.ephemeral && !ownedBy(claim, pod))
      return `PVC ${namespace}/${use.name} was not created for pod ${namespace}/${podName} (pod is not owner)`;
  }
  const claims = claimsOf(storage, pod);
  if (claims.some((claim) => !isBound(claim) && !isDelayed(storage, claim)))
    return 'pod has unbound immediate PersistentVolumeClaims';
  for (const use of usesOf(pod)) {
    const { volumeName } = claimOf(storage, pod, use)?.spec ?? {};
    if (!use.ephemeral && volumeName && !volumeNamed(storage, volumeName))
      return `persistentvolume "${volumeName}" not found`;
  }
  return undefined;
}

// --- VolumeRestrictions

function sameDisk(a: PodVolume, b: PodVolume): boolean {
  const [one, other] = [a.gcePersistentDisk, b.gcePersistentDisk];
  if (!one || !other || one.pdName !== other.pdName) return false;
  return !one.readOnly || !other.readOnly;
}

function restricted(storage: PlainStorage, pods: Pod[], pod: Pod, node: Node): string | undefined {
  const there = pods
    .filter(({ spec }) => spec?.nodeName === node.metadata.name)
    .flatMap(({ spec }) => spec?.volumes ?? []);
  if ((pod.spec?.volumes ?? []).some((volume) => there.some((other) => sameDisk(volume, other))))
    return 'node(s) had no available disk';
  const single = usesOf(pod).filter(
    (use) => !use.ephemeral && claimOf(storage, pod, use)?.spec?.accessModes?.includes('ReadWriteOncePod'),
  );
  const used = pods
    .filter(({ metadata }) => metadata.namespace === pod.metadata.namespace)
    .flatMap(usesOf)
    .map(({ name }) => name);
  return single.some(({ name }) => used.includes(name))
    ? 'node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'
    : undefined;
}

// --- NodeVolumeLimits

function attachable(storage: PlainStorage, pod: Pod): Map<string, string> {
  const found = new Map<string, string>();
  for (const use of usesOf(pod)) {
    const claim = claimOf(storage, pod, use);
    if (!claim || (use.ephemeral && !ownedBy(claim, pod))) continue;
    const volume = volumeNamed(storage, claim.spec?.volumeName);
    const { csi } = volume?.spec ?? {};
    const provisioner = classOfClaim(storage, claim)?.provisioner;
    if (csi) found.set(`${csi.driver}/${csi.volumeHandle}`, csi.driver);
    else if (!volume && provisioner)
      found.set(`${provisioner}/to be made: ${claim.metadata.namespace}/${use.name}`, provisioner);
  }
  return found;
}

function exceeds(storage: PlainStorage, pods: Pod[], pod: Pod, node: Node): boolean {
  const here = node.metadata.name;
  const attached = new Map<string, string>();
  for (const other of pods.filter(({ spec }) => spec?.nodeName === here))
    for (const [volume, driver] of attachable(storage, other)) attached.set(volume, driver);
  for (const { spec } of storage.attachments.filter((one) => one.spec.nodeName === here)) {
    const csi = volumeNamed(storage, spec.source.persistentVolumeName)?.spec?.csi;
    if (csi) attached.set(`${spec.attacher}/${csi.volumeHandle}`, spec.attacher);
  }
  const brought = [...attachable(storage, pod)].filter(([volume]) => !attached.has(volume));
  const limits = storage.csiNodes.find(({ metadata }) => metadata.name === here)?.spec.drivers ?? [];
  return limits.some(({ name, allocatable }) => {
    const more = brought.filter(([, driver]) => driver === name).length;
    const before = [...attached.values()].filter((driver) => driver === name).length;
    return allocatable?.count !== undefined && more > 0 && before + more > allocatable.count;
  });
}

// --- VolumeBinding

type Terms = NonNullable<
  NonNullable<NonNullable<PersistentVolume['spec']>['nodeAffinity']>['required']
>['nodeSelectorTerms'];

function reaches(volume: PersistentVolume, { metadata }: Node): boolean {
  const terms: Terms | undefined = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms;
  if (!terms) return true;
  return terms.some(
    ({ matchExpressions = [] }) =>
      matchExpressions.length > 0 &&
      matchExpressions.every(({ key, operator, values = [] }) => {
        const value = metadata.labels?.[key];
        if (operator === 'Exists') return value !== undefined;
        const isOne = value !== undefined && values.includes(value);
        return operator === 'In' ? isOne : !isOne;
      }),
  );
}

function matchFor(
  storage: PlainStorage,
  claim: PersistentVolumeClaim,
  node: Node,
  taken: PersistentVolume[],
): PersistentVolume | undefined {
  const { spec = {}, metadata } = claim;
  const fitting = storage.volumes.filter(
    (volume) =>
      !taken.includes(volume) &&
      volume.spec?.storageClassName === spec.storageClassName &&
      (volume.spec?.volumeMode ?? 'Filesystem') === (spec.volumeMode ?? 'Filesystem') &&
      gibibytes(volume.spec?.capacity?.['storage']) >= sizeOf(claim) &&
      !volume.metadata.deletionTimestamp,
  );
  const kept = fitting.find(({ spec: { claimRef } = {} }) => {
    const isNamed = claimRef?.name === metadata.name && claimRef?.namespace === metadata.namespace;
    return isNamed && (!claimRef?.uid || claimRef.uid === metadata.uid);
  });
  if (kept) return reaches(kept, node) ? kept : undefined;
  const wanted = Object.entries(spec.selector?.matchLabels ?? {});
  const free = fitting.filter(
    (volume) =>
      !volume.spec?.claimRef &&
      volume.status?.phase === 'Available' &&
      wanted.every(([key, value]) => volume.metadata.labels?.[key] === value) &&
      (spec.accessModes ?? []).every((mode) => volume.spec?.accessModes?.includes(mode)) &&
      reaches(volume, node),
  );
  const size = ({ spec: own }: PersistentVolume): number => gibibytes(own?.capacity?.['storage']);
  return free.sort((a, b) => size(a) - size(b))[0];
}

function provisionProblem(storage: PlainStorage, claim: PersistentVolumeClaim, { metadata }: Node): string | undefined {
  const storageClass = classOfClaim(storage, claim);
  const labels = metadata.labels ?? {};
  const terms = storageClass?.allowedTopologies ?? [];
  const isAllowed =
    terms.length === 0 ||
    terms.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => values.includes(labels[key] ?? 'nowhere')),
    );
  if (storageClass?.provisioner === 'kubernetes.io/no-provisioner' || !isAllowed)
    return "node(s) didn't find available persistent volumes to bind";
  const driver = storage.drivers.find((one) => one.metadata.name === storageClass?.provisioner);
  if (!driver?.spec.storageCapacity) return undefined;
  const hasSpace = storage.capacities.some(({ storageClassName, capacity, maximumVolumeSize, nodeTopology }) => {
    const isHere =
      nodeTopology && Object.entries(nodeTopology.matchLabels ?? {}).every(([key, value]) => labels[key] === value);
    return (
      isHere &&
      storageClassName === storageClass?.metadata.name &&
      gibibytes(maximumVolumeSize ?? capacity) >= sizeOf(claim)
    );
  });
  return hasSpace ? undefined : 'node(s) did not have enough free storage';
}

/** How the pod's claims are met on the node, or why not. */
export function volumesOn(storage: PlainStorage, pod: Pod, node: Node): VolumesOnNode | string[] {
  const claims = claimsOf(storage, pod);
  const bound = claims.filter(isBound).map(({ spec }) => volumeNamed(storage, spec?.volumeName));
  const problems = new Set<string>();
  // Only the first that is wrong counts.
  const wrong = bound.find((volume) => !volume || !reaches(volume, node));
  if (wrong) problems.add('node(s) had volume node affinity conflict');
  else if (bound.includes(undefined))
    problems.add('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');
  const delayed = claims.filter((claim) => !isBound(claim)).sort((a, b) => sizeOf(a) - sizeOf(b));
  const selected = (claim: PersistentVolumeClaim): string | undefined =>
    claim.metadata.annotations?.['volume.kubernetes.io/selected-node'];
  if (delayed.some((claim) => selected(claim) !== undefined && selected(claim) !== node.metadata.name))
    return [...problems, "node(s) didn't find available persistent volumes to bind"];
  const matches: VolumesOnNode['matches'] = [];
  for (const claim of delayed) {
    if (selected(claim) !== undefined) continue;
    const taken = matches.map(({ volume }) => volume);
    const volume = matchFor(storage, claim, node, taken);
    if (volume) matches.push({ claim, volume });
  }
  const provisions = delayed.filter((claim) => !matches.some((match) => match.claim === claim));
  const inOrder = [...claims, ...delayed].filter((claim) => provisions.includes(claim));
  const first = [
    ...inOrder.filter((claim) => selected(claim) !== undefined),
    ...delayed.filter((claim) => provisions.includes(claim) && selected(claim) === undefined),
  ]
    .map((claim) => provisionProblem(storage, claim, node))
    .find((problem) => problem !== undefined);
  if (first) problems.add(first);
  return problems.size > 0 ? [...problems] : { matches, provisions };
}

// --- VolumeZone

const zoneKeys = ['topology.kubernetes.io/zone', 'topology.kubernetes.io/region'];

function inOtherZone(storage: PlainStorage, pod: Pod, { metadata }: Node): boolean {
  const labels = metadata.labels ?? {};
  if (zoneKeys.every((key) => labels[key] === undefined)) return false;
  return usesOf(pod)
    .filter(({ ephemeral }) => !ephemeral)
    .flatMap((use) => volumeNamed(storage, claimOf(storage, pod, use)?.spec?.volumeName) ?? [])
    .some((volume) =>
      zoneKeys.some((key) => {
        const named = volume.metadata.labels?.[key];
        return named !== undefined && !named.split('__').includes(labels[key] ?? 'nowhere');
      }),
    );
}

export function volumeRefusals(storage: PlainStorage, pods: Pod[], pod: Pod, node: Node): string[] {
  if ((pod.spec?.volumes ?? []).length === 0) return [];
  const refusal = restricted(storage, pods, pod, node);
  if (refusal) return [refusal];
  if (exceeds(storage, pods, pod, node)) return ['node(s) exceed max volume count'];
  const found = volumesOn(storage, pod, node);
  if (Array.isArray(found)) return found;
  return inOtherZone(storage, pod, node) ? ['node(s) had no available volume zone'] : [];
}
