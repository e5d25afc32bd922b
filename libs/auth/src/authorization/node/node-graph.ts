import { podReferences, type DeepReadonly, type PersistentVolume, type Pod, type PodReferences } from '@nestor/api';
import { volumeSecrets } from './volume-secrets';

const mirrorAnnotation = 'kubernetes.io/config.mirror';

/** Objects that say themselves which node they are of. */
export type OwnedResource = 'volumeattachments' | 'resourceslices' | 'podcertificaterequests';
/** Objects of which a node may see those that lead to it. */
export type RelatedResource =
  | OwnedResource
  | 'pods'
  | 'secrets'
  | 'configmaps'
  | 'serviceaccounts'
  | 'persistentvolumeclaims'
  | 'persistentvolumes'
  | 'resourceclaims';

/** One object, as a key of the indexes. */
type Key = string;
const keyOf = (resource: RelatedResource, namespace: string, name: string): Key => `${resource}/${namespace}/${name}`;

/** A pod as it is kept elsewhere, to be read when it is needed. */
export interface StoredPod {
  readonly namespace: string;
  readonly name: string;
  object(): DeepReadonly<object>;
}

interface VolumeEntry {
  readonly claim: Key;
  readonly secrets: ReadonlySet<Key>;
}

/**
 * Which objects lead to which node: pods and what they refer to, the volumes of the claims among that with their
 * secrets, and what names its node itself (upstream's graph of the node authorizer). For every object but volumes and
 * their secrets the nodes are counted beside it, so that a question is one look-up.
 * Stored pods wait beside the graph, unread, for the first question of their node that it cannot answer without them.
 */
export class NodeGraph {
  /** How many objects lead from a key to a node. */
  private readonly nodes = new Map<Key, Map<string, number>>();
  /** What each pod and each owned object leads to its node, itself included. */
  private readonly leading = new Map<Key, { node: string; keys: readonly Key[] }>();
  /** The pods of a node that have not been read; what these lead to is not known yet. */
  private readonly waiting = new Map<string, Map<Key, StoredPod>>();
  /** The claims of a node's pods. */
  private readonly claims = new Map<string, Set<Key>>();
  private readonly volumes = new Map<Key, VolumeEntry>();
  private readonly volumesOfClaim = new Map<Key, Set<Key>>();

  /** A pod as it is; one without a node leads nowhere. */
  putPod(pod: DeepReadonly<Pod>): void {
    const { namespace = '', name = '', annotations } = pod.metadata;
    const node = pod.spec?.nodeName ?? '';
    // A node makes mirror pods itself: they must not open anything to it.
    const isMirror = annotations?.[mirrorAnnotation] !== undefined;
    this.lead(keyOf('pods', namespace, name), node, isMirror ? [] : referencedKeys(pod));
  }

  /** A pod that is said to have this node. What it led to before does no more at once. */
  putStoredPod(pod: StoredPod, node: string): void {
    const from = keyOf('pods', pod.namespace, pod.name);
    this.leadNowhere(from);
    this.leading.set(from, { node, keys: [] });
    const waiting = this.waiting.get(node);
    if (waiting) waiting.set(from, pod);
    else this.waiting.set(node, new Map([[from, pod]]));
  }

  /** A pod that waits is kept in its newest form, so that no older one is kept alive for it. Whether it waits. */
  renewWaiting(pod: StoredPod): boolean {
    const from = keyOf('pods', pod.namespace, pod.name);
    const known = this.leading.get(from);
    const waiting = known && this.waiting.get(known.node);
    if (!waiting?.has(from)) return false;
    waiting.set(from, pod);
    return true;
  }

  removePod(namespace: string, name: string): void {
    this.leadNowhere(keyOf('pods', namespace, name));
  }

  /** An object that names its node; '' is none. */
  putOwned(resource: OwnedResource, place: { namespace: string; name: string }, node: string): void {
    this.lead(keyOf(resource, place.namespace, place.name), node, []);
  }

  removeOwned(resource: OwnedResource, { namespace, name }: { namespace: string; name: string }): void {
    this.leadNowhere(keyOf(resource, namespace, name));
  }

  putVolume(volume: DeepReadonly<PersistentVolume>): void {
    const { name = '' } = volume.metadata;
    this.removeVolume(name);
    const { claimRef } = volume.spec ?? {};
    if (!claimRef) return;
    const key = keyOf('persistentvolumes', '', name);
    const claim = keyOf('persistentvolumeclaims', claimRef.namespace ?? '', claimRef.name ?? '');
    const secrets = volumeSecrets(volume).map((secret) => keyOf('secrets', secret.namespace, secret.name));
    this.volumes.set(key, { claim, secrets: new Set(secrets) });
    add(this.volumesOfClaim, claim, key);
  }

  removeVolume(name: string): void {
    const key = keyOf('persistentvolumes', '', name);
    const known = this.volumes.get(key);
    if (!known) return;
    this.volumes.delete(key);
    remove(this.volumesOfClaim, known.claim, key);
  }

  /**
   * Whether the object leads to the node. Costs one look-up, for a secret of volumes one for each claim on the node; and
   * once for each pod, to read it.
   */
  isRelated(node: string, resource: RelatedResource, place: { namespace: string; name: string }): boolean {
    const key = keyOf(resource, place.namespace, place.name);
    return this.leads(key, node, resource) || (this.readWaiting(node) && this.leads(key, node, resource));
  }

  /** Enters the pods of a node that wait. They may only add to what leads to it. Whether there were any. */
  private readWaiting(node: string): boolean {
    const waiting = this.waiting.get(node);
    // Each is taken from among those that wait as it enters.
    for (const pod of waiting?.values() ?? []) this.putPod(pod.object() as DeepReadonly<Pod>);
    return waiting !== undefined;
  }

  private leads(key: Key, node: string, resource: RelatedResource): boolean {
    if (this.nodes.get(key)?.has(node)) return true;
    if (resource === 'persistentvolumes') return this.isClaimed(node, this.volumes.get(key)?.claim);
    return resource === 'secrets' && this.isOfVolume(node, key);
  }

  private isClaimed(node: string, claim: Key | undefined): boolean {
    return claim !== undefined && this.nodes.get(claim)?.has(node) === true;
  }

  /** From the node's end: it has few claims, while one secret may serve every volume of the cluster. */
  private isOfVolume(node: string, secret: Key): boolean {
    for (const claim of this.claims.get(node) ?? []) {
      for (const volume of this.volumesOfClaim.get(claim) ?? []) {
        if (this.volumes.get(volume)?.secrets.has(secret)) return true;
      }
    }
    return false;
  }

  private lead(from: Key, node: string, references: readonly Key[]): void {
    this.leadNowhere(from);
    if (node === '') return;
    const keys = [from, ...references];
    this.leading.set(from, { node, keys });
    for (const key of keys) this.count(key, node, 1);
  }

  private leadNowhere(from: Key): void {
    const known = this.leading.get(from);
    if (!known) return;
    this.leading.delete(from);
    this.stopWaiting(from, known.node);
    for (const key of known.keys) this.count(key, known.node, -1);
  }

  private stopWaiting(from: Key, node: string): void {
    const waiting = this.waiting.get(node);
    if (waiting?.delete(from) && waiting.size === 0) this.waiting.delete(node);
  }

  private count(key: Key, node: string, change: 1 | -1): void {
    const counts = this.nodes.get(key) ?? new Map<string, number>();
    const count = (counts.get(node) ?? 0) + change;
    if (count > 0) {
      counts.set(node, count);
      this.nodes.set(key, counts);
      if (isClaim(key)) add(this.claims, node, key);
      return;
    }
    counts.delete(node);
    if (counts.size === 0) this.nodes.delete(key);
    if (isClaim(key)) remove(this.claims, node, key);
  }
}

function referencedKeys(pod: DeepReadonly<Pod>): Key[] {
  const references = Object.entries(podReferences(pod)) as [keyof PodReferences, readonly string[]][];
  return references.flatMap(([resource, names]) =>
    names.map((name) => keyOf(resource, pod.metadata.namespace ?? '', name)),
  );
}

const isClaim = (key: Key): boolean => key.startsWith('persistentvolumeclaims/');

function add(index: Map<string, Set<Key>>, at: string, key: Key): void {
  const keys = index.get(at);
  if (keys) keys.add(key);
  else index.set(at, new Set([key]));
}

function remove(index: Map<string, Set<Key>>, at: string, key: Key): void {
  const keys = index.get(at);
  keys?.delete(key);
  if (keys?.size === 0) index.delete(at);
}
