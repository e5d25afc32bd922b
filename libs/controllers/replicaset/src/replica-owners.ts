import { controllerOf, type DeepReadonly, type ReplicaSet } from '@nestor/api';
import { refs, type Informer, type InformerFactory, type KubernetesClient, type ResourceClient } from '@nestor/client';
import { controlledBy, indexByController } from '@nestor/controller-kit';

type ObservedReplicaSet = DeepReadonly<ReplicaSet>;

/** Where the owners of replicas are read and written, all in the form of a ReplicaSet. */
export interface ReplicaOwners {
  readonly kind: string;
  /** The source of events. */
  readonly component: string;
  get(namespace: string, name: string): ObservedReplicaSet | undefined;
  list(namespace: string): readonly ObservedReplicaSet[];
  /** Those that share the owner's own controller, itself among them. */
  kin(owner: ObservedReplicaSet): readonly ObservedReplicaSet[];
  /** Past the informer. */
  fetch(name: string, namespace?: string): Promise<ReplicaSet>;
  updateStatus(owner: ObservedReplicaSet, status: NonNullable<ReplicaSet['status']>): Promise<unknown>;
}

export class ReplicaSets implements ReplicaOwners {
  readonly kind = 'ReplicaSet';
  readonly component = 'replicaset-controller';
  private readonly informer: Informer<ReplicaSet>;
  private readonly client: ResourceClient<ReplicaSet>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.informer = informers.informer(refs.replicaSets);
    indexByController(this.informer);
    this.client = client.resource(refs.replicaSets);
  }

  get(namespace: string, name: string): ObservedReplicaSet | undefined {
    return this.informer.lister.get(namespace, name);
  }
  list(namespace: string): readonly ObservedReplicaSet[] {
    return this.informer.lister.list(namespace);
  }
  kin(owner: ObservedReplicaSet): readonly ObservedReplicaSet[] {
    const controller = controllerOf(owner);
    return controller ? controlledBy(this.informer, controller.uid) : [owner];
  }
  fetch(name: string, namespace?: string): Promise<ReplicaSet> {
    return this.client.get(name, namespace);
  }
  updateStatus(owner: ObservedReplicaSet, status: NonNullable<ReplicaSet['status']>): Promise<unknown> {
    return this.client.updateStatus({ ...(owner as ReplicaSet), status });
  }
}
