import { Inject, Injectable } from '@nestjs/common';
import type { DeepReadonly, Endpoints, EndpointSlice, Service } from '@nestor/api';
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
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { ENDPOINT_SLICE_OPTIONS, type EndpointSliceOptions } from './endpointslice.options';
import { isMirrored, mirroredBy, planMirror, type MirrorPlan } from './mirroring.plan';
import { isNamespaceTerminating, removeSlice, writeSlices } from './slice-writes';
import { slicesOf } from './slice-labels';

const index = 'mirroredSlices';
const defaultMax = 1000;
const sameName = ({ metadata }: { metadata: { namespace?: string; name?: string } }): string[] => [
  keyOf(metadata.namespace, metadata.name ?? ''),
];

/** Slices for Endpoints that somebody else keeps, for a Service without a selector. */
@Reconciler({
  name: 'endpointslice-mirroring-controller',
  for: 'v1/Endpoints',
  owns: ['discovery.k8s.io/v1/EndpointSlice'],
  watches: [{ kind: 'v1/Service', keys: sameName }],
})
@Injectable()
export class MirroringReconciler implements ReconcilesObjects {
  private readonly services: Informer<Service>;
  private readonly endpoints: Informer<Endpoints>;
  private readonly slices: Informer<EndpointSlice>;
  private readonly client: ResourceClient<EndpointSlice>;
  private readonly recorder: EventRecorder;
  private expectations: Expectations<EndpointSlice>;

  constructor(
    client: KubernetesClient,
    informers: InformerFactory,
    recorder: EventRecorder,
    @Inject(ENDPOINT_SLICE_OPTIONS) private readonly options: EndpointSliceOptions,
  ) {
    this.services = informers.informer(refs.services);
    this.endpoints = informers.informer(refs.endpoints);
    this.slices = informers.informer(refs.endpointSlices);
    this.slices.addIndex(index, slicesOf(mirroredBy));
    this.client = client.resource(refs.endpointSlices);
    this.recorder = recorder.as('endpoint-slice-mirroring-controller');
    this.expectations = new Expectations(this.slices);
  }

  setup(): void {
    this.expectations = new Expectations(this.slices);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const key = keyOf(namespace, name);
    const slices = this.slices.lister.byIndex(index, key);
    const endpoints = this.endpoints.lister.get(namespace, name);
    const service = this.services.lister.get(namespace, name);
    if (!this.expectations.satisfied(key)) return { requeueAfter: 500 };
    if (!endpoints || !service || service.spec?.selector || !isMirrored(endpoints)) {
      for (const slice of slices) await removeSlice(this.client, slice, this.expectations, key);
      return;
    }
    const plan = planMirror(endpoints, slices, this.max);
    this.tell(endpoints, plan);
    try {
      await writeSlices(this.client, plan, this.expectations, key);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      const text = `Error updating EndpointSlices for Endpoints ${namespace}/${name}: ${(error as Error).message}`;
      this.recorder.event(endpoints, 'Warning', 'FailedToUpdateEndpointSlices', text);
      throw error;
    }
  }

  private get max(): number {
    return this.options.mirroringMaxEndpointsPerSubset ?? defaultMax;
  }

  private tell(endpoints: DeepReadonly<Endpoints>, { invalid, skipped }: MirrorPlan): void {
    if (invalid > 0) {
      const text = `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`;
      this.recorder.event(endpoints, 'Warning', 'InvalidIPAddress', text);
    }
    if (skipped > invalid) {
      const text = `A max of ${this.max} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`;
      this.recorder.event(endpoints, 'Warning', 'TooManyAddressesToMirror', text);
    }
  }
}
