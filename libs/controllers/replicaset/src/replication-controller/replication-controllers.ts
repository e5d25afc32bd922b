import type { DeepReadonly, ReplicaSet, ReplicationController } from '@nestor/api';
import { refs, type Informer, type InformerFactory, type KubernetesClient, type ResourceClient } from '@nestor/client';
import type { ReplicaOwners } from '../replica-owners';

type ObservedController = DeepReadonly<ReplicationController>;
type ObservedReplicaSet = DeepReadonly<ReplicaSet>;

/** ReplicationControllers in the form of ReplicaSets: they differ in the selector alone. */
export class ReplicationControllers implements ReplicaOwners {
  readonly kind = 'ReplicationController';
  readonly component = 'replication-controller';
  private readonly informer: Informer<ReplicationController>;
  private readonly client: ResourceClient<ReplicationController>;
  private readonly forms = new WeakMap<ObservedController, ObservedReplicaSet>();

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.informer = informers.informer(refs.replicationControllers);
    this.client = client.resource(refs.replicationControllers);
  }

  get(namespace: string, name: string): ObservedReplicaSet | undefined {
    const controller = this.informer.lister.get(namespace, name);
    return controller && this.formOf(controller);
  }
  list(namespace: string): readonly ObservedReplicaSet[] {
    return this.informer.lister.list(namespace).map((controller) => this.formOf(controller));
  }
  kin(owner: ObservedReplicaSet): readonly ObservedReplicaSet[] {
    return [owner];
  }
  async fetch(name: string, namespace?: string): Promise<ReplicaSet> {
    return asReplicaSet(await this.client.get(name, namespace)) as ReplicaSet;
  }
  updateStatus({ metadata, spec }: ObservedReplicaSet, status: NonNullable<ReplicaSet['status']>): Promise<unknown> {
    const { terminatingReplicas: _terminating, ...counts } = status;
    return this.client.updateStatus({
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata: metadata as ReplicationController['metadata'],
      spec: { ...spec, selector: spec?.selector?.matchLabels } as ReplicationController['spec'],
      status: counts,
    });
  }

  private formOf(controller: ObservedController): ObservedReplicaSet {
    let form = this.forms.get(controller);
    if (!form) this.forms.set(controller, (form = asReplicaSet(controller)));
    return form;
  }
}

function asReplicaSet(controller: ObservedController): ObservedReplicaSet {
  const { spec, status } = controller;
  return {
    ...controller,
    spec: { ...spec, selector: { matchLabels: spec?.selector ?? {} } },
    status: status && { ...status, replicas: status.replicas },
  };
}
