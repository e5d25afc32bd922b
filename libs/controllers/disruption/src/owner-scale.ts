import {
  controllerOf,
  isNotFound,
  type ApiObject,
  type DeepReadonly,
  type Deployment,
  type OwnerReference,
  type ReplicaSet,
  type ReplicationController,
  type StatefulSet,
} from '@nestor/api';
import { refs, ScaleClient, type Informer, type InformerFactory, type KubernetesClient } from '@nestor/client';
import type { ObservedPod } from './disruption.plan';

type Owner = DeepReadonly<OwnerReference>;

export interface OwnerScale {
  /** Of the object that decides on the number: a Deployment where there is one above a ReplicaSet. */
  uid: string;
  replicas: number;
}

export interface ExpectedScale {
  scale: number;
  /** Pods nobody controls: nobody knows how many there should be. */
  unmanaged: string[];
}

const workloadGroups = ['apps', 'extensions'];

/** How many pods the owners of pods want. Known kinds come from informers, any other is asked for its scale. */
export class OwnerScales {
  private readonly replicaSets: Informer<ReplicaSet>;
  private readonly deployments: Informer<Deployment>;
  private readonly statefulSets: Informer<StatefulSet>;
  private readonly replicationControllers: Informer<ReplicationController>;
  private readonly scales: ScaleClient;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.replicaSets = informers.informer(refs.replicaSets);
    this.deployments = informers.informer(refs.deployments);
    this.statefulSets = informers.informer(refs.statefulSets);
    this.replicationControllers = informers.informer(refs.replicationControllers);
    this.scales = new ScaleClient(client);
  }

  /** The sum over all distinct controllers of the pods. */
  async expectedScale(pods: readonly ObservedPod[]): Promise<ExpectedScale> {
    const unmanaged: string[] = [];
    const scaleByUid = new Map<string, number>();
    const asked = new Set<string>();
    for (const pod of pods) {
      const owner = controllerOf(pod);
      const { name = '', namespace = '' } = pod.metadata;
      if (!owner) unmanaged.push(name);
      if (!owner || asked.has(owner.uid)) continue;
      asked.add(owner.uid);
      const found = await this.scaleOf(owner, namespace);
      if (!found) throw new Error(`found no controllers for pod ${JSON.stringify(name)}`);
      scaleByUid.set(found.uid, found.replicas);
    }
    return { scale: [...scaleByUid.values()].reduce((sum, replicas) => sum + replicas, 0), unmanaged };
  }

  private async scaleOf(owner: Owner, namespace: string): Promise<OwnerScale | undefined> {
    return this.fromInformer(owner, namespace) ?? (await this.fromScale(owner, namespace));
  }

  private fromInformer(owner: Owner, namespace: string): OwnerScale | undefined {
    if (isKind(owner, 'ReplicaSet', workloadGroups)) return this.fromReplicaSet(owner, namespace);
    const informer = isKind(owner, 'StatefulSet', ['apps'])
      ? this.statefulSets
      : isKind(owner, 'ReplicationController', [''])
        ? this.replicationControllers
        : undefined;
    return wanted(sameUid(informer?.lister.get(namespace, owner.name), owner));
  }

  private fromReplicaSet(owner: Owner, namespace: string): OwnerScale | undefined {
    const replicaSet = sameUid(this.replicaSets.lister.get(namespace, owner.name), owner);
    const above = replicaSet && controllerOf(replicaSet);
    if (above && isKind(above, 'Deployment', workloadGroups)) {
      return wanted(sameUid(this.deployments.lister.get(namespace, above.name), above));
    }
    return above?.kind === 'Deployment' ? undefined : wanted(replicaSet);
  }

  private async fromScale(owner: Owner, namespace: string): Promise<OwnerScale | undefined> {
    const [resource] = await this.scales.resourcesOf(groupOf(owner), owner.kind);
    if (!resource) return undefined;
    try {
      const { metadata, spec } = await this.scales.get(resource, namespace, owner.name);
      return metadata.uid === owner.uid ? { uid: owner.uid, replicas: spec?.replicas ?? 0 } : undefined;
    } catch (error) {
      if (!isNotFound(error)) throw error;
      if (await this.scales.hasScale(resource)) return undefined;
      const { group, plural } = resource;
      throw new Error(`${group ? `${plural}.${group}` : plural} does not implement the scale subresource`, {
        cause: error,
      });
    }
  }
}

const groupOf = ({ apiVersion }: Owner): string => (apiVersion.includes('/') ? apiVersion.split('/', 1)[0]! : '');
const isKind = (owner: Owner, kind: string, groups: readonly string[]): boolean =>
  owner.kind === kind && groups.includes(groupOf(owner));

function sameUid<T extends ApiObject>(
  object: DeepReadonly<T> | undefined,
  { uid }: Owner,
): DeepReadonly<T> | undefined {
  return object?.metadata.uid === uid ? object : undefined;
}

type Workload = DeepReadonly<{ metadata: { uid?: string }; spec?: { replicas?: number } }>;

function wanted(workload: Workload | undefined): OwnerScale | undefined {
  return workload && { uid: workload.metadata.uid ?? '', replicas: workload.spec?.replicas ?? 1 };
}
