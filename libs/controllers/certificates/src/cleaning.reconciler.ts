import { Injectable } from '@nestjs/common';
import { isNotFound, type CertificateSigningRequest } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { isStale } from './cleaning.plan';

const roundMs = 3_600_000;

/** Deletes requests that are of no more use. */
@Reconciler({
  name: 'certificatesigningrequest-cleaner-controller',
  for: 'certificates.k8s.io/v1/CertificateSigningRequest',
})
@Injectable()
export class CertificateCleaningReconciler implements ReconcilesObjects {
  private readonly requests: Informer<CertificateSigningRequest>;
  private readonly client: ResourceClient<CertificateSigningRequest>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.requests = informers.informer(refs.certificateSigningRequests);
    this.client = client.resource(refs.certificateSigningRequests);
  }

  setup({ enqueue, every }: ReconcilerWiring): void {
    every(roundMs, () => {
      for (const { metadata } of this.requests.lister.list()) enqueue(metadata.name ?? '');
    });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const request = this.requests.lister.get('', name);
    if (!request || !isStale(request, Date.now())) return;
    await this.client.delete(name, undefined, { uid: request.metadata.uid }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
