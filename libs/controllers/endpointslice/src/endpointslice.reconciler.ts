import { Injectable } from '@nestjs/common';
import { isNotFound, type DeepReadonly, type EndpointSlice, type Node, type Pod, type Service } from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  keyOf,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Expectations,
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { managedBy, managedByLabel, planSlices, serviceNameLabel } from './endpointslice.plan';
import { enqueueOnPods, selects } from './service-watch';

const serviceIndex = 'sliceService';

@Reconciler({ name: 'endpointslice-controller', for: 'v1/Service', owns: ['discovery.k8s.io/v1/EndpointSlice'] })
@Injectable()
export class EndpointSliceReconciler implements ReconcilesObjects {
  private readonly services: Informer<Service>;
  private readonly pods: Informer<Pod>;
  private readonly nodes: Informer<Node>;
  private readonly slices: Informer<EndpointSlice>;
  private readonly client: ResourceClient<EndpointSlice>;
  private readonly recorder: EventRecorder;
  private expectations: Expectations<EndpointSlice>;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.services = informers.informer(refs.services);
    this.pods = informers.informer(refs.pods);
    this.nodes = informers.informer(refs.nodes);
    this.slices = informers.informer(refs.endpointSlices);
    this.slices.addIndex(serviceIndex, ({ metadata }) =>
      metadata.labels?.[managedByLabel] === managedBy
        ? [keyOf(metadata.namespace, metadata.labels[serviceNameLabel] ?? '')]
        : [],
    );
    this.client = client.resource(refs.endpointSlices);
    this.recorder = recorder.as('endpoint-slice-controller');
    this.expectations = new Expectations(this.slices);
  }

  setup(wiring: ReconcilerWiring): void {
    this.expectations = new Expectations(this.slices);
    enqueueOnPods(wiring, this.services);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const key = keyOf(namespace, name);
    const service = this.services.lister.get(namespace, name);
    // Slices of a deleted Service are the garbage collector's.
    if (!service) return this.expectations.forget(key);
    if (service.spec?.type === 'ExternalName' || !service.spec?.selector || service.metadata.deletionTimestamp) return;
    if (!this.expectations.satisfied(key)) return { requeueAfter: 500 };
    const planned = planSlices({
      service,
      pods: this.pods.lister.list(namespace).filter((pod) => selects(service, pod)),
      slices: this.slices.lister.byIndex(serviceIndex, key),
      node: (nodeName) => this.nodes.lister.get('', nodeName),
    });
    try {
      for (const slice of planned.create) this.expectations.created(key, await this.client.create(slice));
      for (const slice of planned.update) this.expectations.created(key, await this.client.update(slice));
      for (const slice of planned.remove) await this.remove(key, slice);
    } catch (error) {
      this.reportFailure(service, error);
      throw error;
    }
  }

  private async remove(key: string, slice: DeepReadonly<EndpointSlice>): Promise<void> {
    const { name = '', namespace, uid } = slice.metadata;
    try {
      await this.client.delete(name, namespace, { uid });
      this.expectations.deleted(key, slice);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  private reportFailure(service: DeepReadonly<Service>, error: unknown): void {
    const message = `Error updating Endpoint Slices for Service ${service.metadata.namespace}/${service.metadata.name}: ${(error as Error).message}`;
    this.recorder.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
  }
}
