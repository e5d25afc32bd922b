import { Inject, Injectable } from '@nestjs/common';
import { isNotFound, type DeepReadonly, type Endpoints, type Pod, type Service } from '@nestor/api';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
  keyOf,
  objectKey,
  refs,
  type Informer,
  type ResourceClient,
} from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { planEndpoints } from './endpoints.plan';
import { ENDPOINT_SLICE_OPTIONS, type EndpointSliceOptions } from './endpointslice.options';
import { isLeaderLock } from './mirroring.plan';
import { enqueueOnPods, selects } from './service-watch';
import { isNamespaceTerminating } from './slice-writes';
import { TriggerTimes } from './trigger-times';

@Reconciler({ name: 'endpoints-controller', for: 'v1/Service' })
@Injectable()
export class EndpointsReconciler implements ReconcilesObjects {
  private readonly services: Informer<Service>;
  private readonly pods: Informer<Pod>;
  private readonly endpoints: Informer<Endpoints>;
  private readonly client: ResourceClient<Endpoints>;
  private readonly recorder: EventRecorder;
  private triggerTimes = new TriggerTimes();

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Inject(ENDPOINT_SLICE_OPTIONS) private readonly options: EndpointSliceOptions,
  ) {
    this.services = informers.informer(refs.services);
    this.pods = informers.informer(refs.pods);
    this.endpoints = informers.informer(refs.endpoints);
    this.client = client.resource(refs.endpoints);
    this.recorder = recorder.as('endpoint-controller');
  }

  async setup(wiring: ReconcilerWiring): Promise<void> {
    this.triggerTimes = new TriggerTimes();
    enqueueOnPods(wiring, this.services, this.options.endpointUpdatesBatchPeriodMs);
    await this.endpoints.start();
    for (const left of this.endpoints.lister.list()) if (!isLeaderLock(left)) wiring.enqueue(objectKey(left));
    wiring.on(refs.endpoints, {
      updated: (changed) => this.enqueueServed(wiring, changed),
      deleted: (gone) => wiring.enqueue(objectKey(gone)),
    });
  }

  /** A change of what was made for no Service says nothing of a Service that is gone. */
  private enqueueServed({ enqueue }: ReconcilerWiring, { metadata }: DeepReadonly<Endpoints>): void {
    const { namespace = '', name = '' } = metadata;
    if (this.services.lister.get(namespace, name)) enqueue(keyOf(namespace, name));
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const key = keyOf(namespace, name);
    const service = this.services.lister.get(namespace, name);
    if (!service) {
      this.triggerTimes.forget(key);
      return this.removeOf(namespace, name);
    }
    if (service.spec?.type === 'ExternalName' || !service.spec?.selector) return;
    const current = this.endpoints.lister.get(namespace, name);
    const pods = this.pods.lister.list(namespace).filter((pod) => selects(service, pod));
    const next = planEndpoints(service, pods, current, this.triggerTimes.next(key, service, pods));
    if (!next || (!current && service.metadata.deletionTimestamp)) return;
    await this.write(next, current !== undefined);
  }

  /** The name and the resourceVersion make both safe against a stale copy: the loser is told and tries again. */
  private async write(next: Endpoints, isThere: boolean): Promise<void> {
    const { name, namespace } = next.metadata;
    try {
      if (isThere) await this.client.update(next);
      else await this.client.create(next);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      const text = isThere
        ? `Failed to update endpoint ${namespace}/${name}: ${(error as Error).message}`
        : `Failed to create endpoint for service ${namespace}/${name}: ${(error as Error).message}`;
      this.recorder.event(next, 'Warning', isThere ? 'FailedToUpdateEndpoint' : 'FailedToCreateEndpoint', text);
      throw error;
    }
  }

  /**
   * Endpoints share their Service's name and have no owner reference, so this controller takes them away itself,
   * whoever made them.
   */
  private async removeOf(namespace: string, name: string): Promise<void> {
    const left = this.endpoints.lister.get(namespace, name);
    if (!left) return;
    try {
      await this.client.delete(name, namespace, { uid: left.metadata.uid });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
