import { Inject, Injectable } from '@nestjs/common';
import { type DeepReadonly, type EndpointSlice, type Node, type Pod, type Service } from '@nestor/api';
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
import { ENDPOINT_SLICE_OPTIONS, type EndpointSliceOptions } from './endpointslice.options';
import { planSlices } from './endpointslice.plan';
import { enqueueOnPods, selects } from './service-watch';
import { managedBy, slicesOf } from './slice-labels';
import { isNamespaceTerminating, writeSlices } from './slice-writes';
import { TopologyMemory } from './topology-memory';
import { changesShares, zoneShares, type ZoneShares } from './topology-shares';
import { TriggerTimes } from './trigger-times';

const serviceIndex = 'sliceService';
/** Until a pod's node is known. */
const nodeRetryMs = 1000;
/** Not a Service's key: those have a namespace. */
const nodesKey = 'nodes';
const nodesBatchMs = 1000;

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
  private triggerTimes = new TriggerTimes();
  private topology = new TopologyMemory();
  private shares: { of: ZoneShares | undefined } | undefined;
  private enqueue: (key: string) => void = () => {};

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Inject(ENDPOINT_SLICE_OPTIONS) private readonly options: EndpointSliceOptions,
  ) {
    this.services = informers.informer(refs.services);
    this.pods = informers.informer(refs.pods);
    this.nodes = informers.informer(refs.nodes);
    this.slices = informers.informer(refs.endpointSlices);
    this.slices.addIndex(serviceIndex, slicesOf(managedBy));
    this.client = client.resource(refs.endpointSlices);
    this.recorder = recorder.as('endpoint-slice-controller');
    this.expectations = new Expectations(this.slices);
  }

  setup(wiring: ReconcilerWiring): void {
    this.expectations = new Expectations(this.slices);
    this.triggerTimes = new TriggerTimes();
    this.topology = new TopologyMemory();
    this.enqueue = wiring.enqueue;
    enqueueOnPods(wiring, this.services, this.options.endpointUpdatesBatchPeriodMs);
    this.followNodes(wiring);
  }

  /** Nodes come and go in bursts, too. */
  private followNodes({ on, enqueueAfter }: ReconcilerWiring): void {
    const touch = (): void => {
      this.shares = undefined;
      enqueueAfter(nodesKey, nodesBatchMs);
    };
    on(refs.nodes, {
      added: touch,
      updated: (node, old) => {
        if (changesShares(node, old)) touch();
      },
      deleted: touch,
    });
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    if (!namespace) return this.topology.outOfShape(this.zoneShares).forEach(this.enqueue);
    const key = keyOf(namespace, name);
    const service = this.services.lister.get(namespace, name);
    // Slices of a deleted Service are the garbage collector's.
    if (!service) return this.forget(key);
    if (service.spec?.type === 'ExternalName' || !service.spec?.selector) return;
    if (!this.expectations.satisfied(key)) return { requeueAfter: 500 };
    const pods = this.pods.lister.list(namespace).filter((pod) => selects(service, pod));
    const planned = planSlices({
      service,
      pods,
      slices: this.slices.lister.byIndex(serviceIndex, key),
      node: (nodeName) => this.nodes.lister.get('', nodeName),
      maxEndpoints: this.options.maxEndpointsPerSlice,
      triggerTime: this.triggerTimes.next(key, service, pods),
      shares: this.zoneShares,
      hinted: this.topology.hinted(key),
    });
    this.topology.set(key, planned.families);
    try {
      await writeSlices(this.client, planned, this.expectations, key);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      this.reportFailure(service, error);
      throw error;
    } finally {
      for (const { type, reason, message } of planned.events) this.recorder.event(service, type, reason, message);
    }
    if (planned.skipped.length > 0) return { requeueAfter: nodeRetryMs };
  }

  /** Counted when a Service asks, and once for each change of nodes. */
  private readonly zoneShares = (): ZoneShares | undefined =>
    (this.shares ??= { of: zoneShares(this.nodes.lister.list()) }).of;

  private forget(key: string): void {
    this.topology.forget(key);
    this.expectations.forget(key);
    this.triggerTimes.forget(key);
  }

  private reportFailure(service: DeepReadonly<Service>, error: unknown): void {
    const message = `Error updating Endpoint Slices for Service ${service.metadata.namespace}/${service.metadata.name}: ${(error as Error).message}`;
    this.recorder.event(service, 'Warning', 'FailedToUpdateEndpointSlices', message);
  }
}
