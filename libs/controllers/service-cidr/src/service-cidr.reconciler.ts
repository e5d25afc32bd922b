import { Injectable } from '@nestjs/common';
import {
  isHostOf,
  isNotFound,
  parseIp,
  rangesOf,
  rangesOverlap,
  type DeepReadonly,
  type IpAddress,
  type ServiceCidr,
} from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import {
  EventRecorder,
  InformerFactory,
  KubernetesClient,
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
import { isServiceAddress, planServiceCidr, type ServiceCidrPlan } from './service-cidr.plan';

type Cidr = DeepReadonly<ServiceCidr>;

@Reconciler({ name: 'service-cidr-controller', for: 'networking.k8s.io/v1/ServiceCIDR' })
@Injectable()
export class ServiceCidrReconciler implements ReconcilesObjects {
  private readonly cidrs: Informer<ServiceCidr>;
  private readonly addresses: Informer<IpAddress>;
  private readonly client: ResourceClient<ServiceCidr>;
  private readonly recorder: EventRecorder;

  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    this.cidrs = informers.informer(refs.serviceCidrs);
    this.addresses = informers.informer(refs.ipAddresses);
    this.client = client.resource(refs.serviceCidrs);
    this.recorder = recorder.as('service-cidr-controller');
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    // One range more or less may be what another waits for.
    const touch = (cidr: Cidr): void => {
      for (const other of this.cidrs.lister.list()) if (overlap(cidr, other)) enqueue(other.metadata.name ?? '');
    };
    on(refs.serviceCidrs, { added: touch, deleted: touch });
    // Only a range on its way out asks what is in it.
    on(refs.ipAddresses, {
      deleted: (address) => {
        const ip = isServiceAddress(address) ? parseIp(address.metadata.name ?? '') : undefined;
        if (!ip) return;
        for (const cidr of this.cidrs.lister.list()) {
          const isIts = cidr.metadata.deletionTimestamp && rangesOf(cidr).some((range) => isHostOf(range, ip));
          if (isIts) enqueue(cidr.metadata.name ?? '');
        }
      },
    });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const cidr = this.cidrs.lister.get('', name);
    if (!cidr) return;
    const observed = { cidr, all: this.cidrs.lister.list(), addresses: this.addresses.lister.list() };
    const plan = planServiceCidr(observed, Date.now());
    try {
      await this.carryOut(cidr, plan);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    if (plan.requeueAfter !== undefined) return { requeueAfter: plan.requeueAfter };
  }

  private async carryOut(cidr: Cidr, { finalizers, condition }: ServiceCidrPlan): Promise<void> {
    const { name = '', resourceVersion } = cidr.metadata;
    // By the version, since a list is written as a whole.
    if (finalizers) await this.client.patch(name, undefined, 'merge', { metadata: { finalizers, resourceVersion } });
    if (!condition) return;
    const conditions = [{ ...condition, lastTransitionTime: rfc3339() }];
    try {
      await this.client.patch(name, undefined, 'strategic', { status: { conditions } }, { subresource: 'status' });
    } catch (error) {
      if (condition.status === 'True' && !isNotFound(error)) {
        const text = 'The ServiceCIDR Status can not be set to Ready=True';
        this.recorder.event(cidr, 'Warning', 'KubernetesServiceCIDRError', text);
      }
      throw error;
    }
  }
}

const overlap = (one: Cidr, other: Cidr): boolean =>
  rangesOf(one).some((range) => rangesOf(other).some((theirs) => rangesOverlap(range, theirs)));
