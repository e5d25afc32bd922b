import { Injectable } from '@nestjs/common';
import { isNotFound, type Secret } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { remainingLifeMs } from './bootstrap-token';

/** Deletes bootstrap tokens whose time is up. */
@Reconciler({ name: 'token-cleaner-controller', for: 'v1/Secret' })
@Injectable()
export class TokenCleanerReconciler implements ReconcilesObjects {
  private readonly secrets: Informer<Secret>;
  private readonly client: ResourceClient<Secret>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.secrets = informers.informer(refs.secrets);
    this.client = client.resource(refs.secrets);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const secret = this.secrets.lister.get(namespace, name);
    const left = secret && remainingLifeMs(secret, Date.now());
    if (left === undefined) return;
    if (left > 0) return { requeueAfter: left };
    await this.client.delete(name, namespace, { uid: secret?.metadata.uid }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
