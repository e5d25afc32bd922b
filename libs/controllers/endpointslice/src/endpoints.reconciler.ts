import { Injectable } from '@nestjs/common';
import { isNotFound, type Endpoints, type Pod, type Service } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { planEndpoints } from './endpoints.plan';
import { enqueueOnPods, selects } from './service-watch';

const sameName = (object: { metadata: { namespace?: string; name?: string } }): string[] => [
  `${object.metadata.namespace}/${object.metadata.name}`,
];

@Reconciler({
  name: 'endpoints-controller',
  for: 'v1/Service',
  watches: [{ kind: 'v1/Endpoints', keys: sameName }],
})
@Injectable()
export class EndpointsReconciler implements ReconcilesObjects {
  private readonly services: Informer<Service>;
  private readonly pods: Informer<Pod>;
  private readonly endpoints: Informer<Endpoints>;
  private readonly client: ResourceClient<Endpoints>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.services = informers.informer(refs.services);
    this.pods = informers.informer(refs.pods);
    this.endpoints = informers.informer(refs.endpoints);
    this.client = client.resource(refs.endpoints);
  }

  setup(wiring: ReconcilerWiring): void {
    enqueueOnPods(wiring, this.services);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const service = this.services.lister.get(namespace, name);
    if (!service) return this.removeOf(namespace, name);
    if (service.spec?.type === 'ExternalName' || !service.spec?.selector || service.metadata.deletionTimestamp) return;
    const current = this.endpoints.lister.get(namespace, name);
    const pods = this.pods.lister.list(namespace).filter((pod) => selects(service, pod));
    const next = planEndpoints(service, pods, current);
    if (!next) return;
    // The name and the resourceVersion make both safe against a stale copy: the loser is told and tries again.
    if (current) await this.client.update(next);
    else await this.client.create(next);
  }

  /** Endpoints share their Service's name and have no owner reference, so this controller takes them away itself. */
  private async removeOf(namespace: string, name: string): Promise<void> {
    const left = this.endpoints.lister.get(namespace, name);
    if (left?.metadata.labels?.['endpoints.kubernetes.io/managed-by'] !== 'endpoint-controller') return;
    try {
      await this.client.delete(name, namespace, { uid: left.metadata.uid });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
