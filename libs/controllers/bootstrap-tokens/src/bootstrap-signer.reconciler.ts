import { Injectable } from '@nestjs/common';
import type { ConfigMap, Secret } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { signedData, tokenNamespace } from './bootstrap-token';

const namespace = 'kube-public';
const name = 'cluster-info';
const key = `${namespace}/${name}`;

/** Signs cluster-info with every bootstrap token, so that who holds one can trust what it says. */
@Reconciler({
  name: 'bootstrap-signer-controller',
  watches: [
    { kind: 'v1/ConfigMap', keys: ({ metadata }) => (`${metadata.namespace}/${metadata.name}` === key ? [key] : []) },
    { kind: 'v1/Secret', keys: ({ metadata }) => (metadata.namespace === tokenNamespace ? [key] : []) },
  ],
})
@Injectable()
export class BootstrapSignerReconciler implements ReconcilesObjects {
  private readonly secrets: Informer<Secret>;
  private readonly configMaps: Informer<ConfigMap>;
  private readonly client: ResourceClient<ConfigMap>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.secrets = informers.informer(refs.secrets);
    this.configMaps = informers.informer(refs.configMaps);
    this.client = client.resource(refs.configMaps);
  }

  async reconcile(): Promise<ReconcileResult> {
    const info = this.configMaps.lister.get(namespace, name);
    const data = info && signedData(info.data ?? {}, this.secrets.lister.list(tokenNamespace), Date.now());
    if (data) await this.client.update({ ...(structuredClone(info) as ConfigMap), data });
  }
}
