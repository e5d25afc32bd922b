import { Injectable } from '@nestjs/common';
import { isNotFound, type DeepReadonly, type Secret } from '@nestor/api';
import { KubernetesClient, objectKey, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { remainingLifeMs, tokenSecrets } from './bootstrap-token';

/** Deletes bootstrap tokens whose time is up. */
@Reconciler({ name: 'token-cleaner-controller', onByDefault: false })
@Injectable()
export class TokenCleanerReconciler implements ReconcilesObjects {
  private readonly client: ResourceClient<Secret>;
  private secrets: Informer<Secret> | undefined;

  constructor(client: KubernetesClient) {
    this.client = client.resource(refs.secrets);
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    const touch = (secret: DeepReadonly<Secret>): void => enqueue(objectKey(secret));
    this.secrets = on(refs.secrets, { added: touch, updated: touch }, tokenSecrets);
  }

  async reconcile({ namespace, name }: ObjectKey): Promise<ReconcileResult> {
    const secret = this.secrets?.lister.get(namespace, name);
    const left = secret && remainingLifeMs(secret, Date.now());
    if (left === undefined) return;
    if (left > 0) return { requeueAfter: left };
    await this.client.delete(name, namespace, { uid: secret?.metadata.uid }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }
}
