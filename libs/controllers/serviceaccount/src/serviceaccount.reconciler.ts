import { Injectable } from '@nestjs/common';
import type { Namespace, ServiceAccount } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { createIfAbsent, isActive, namespaceKey } from './active-namespace';

@Reconciler({
  name: 'serviceaccount-controller',
  for: 'v1/Namespace',
  watches: [{ kind: 'v1/ServiceAccount', keys: namespaceKey }],
})
@Injectable()
export class ServiceAccountReconciler implements ReconcilesObjects {
  private readonly namespaces: Informer<Namespace>;
  private readonly accounts: Informer<ServiceAccount>;
  private readonly client: ResourceClient<ServiceAccount>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.namespaces = informers.informer(refs.namespaces);
    this.accounts = informers.informer(refs.serviceAccounts);
    this.client = client.resource(refs.serviceAccounts);
  }

  async reconcile({ name: namespace }: ObjectKey): Promise<ReconcileResult> {
    if (!isActive(this.namespaces.lister.get('', namespace)) || this.accounts.lister.get(namespace, 'default')) return;
    const account: ServiceAccount = {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace },
    };
    await createIfAbsent(() => this.client.create(account));
  }
}
