import { Injectable } from '@nestjs/common';
import type { ConfigMap, Secret } from '@nestor/api';
import { KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { signedData, tokenSecrets } from './bootstrap-token';

const namespace = 'kube-public';
const name = 'cluster-info';
const key = `${namespace}/${name}`;
const clusterInfo = { namespace, fieldSelector: `metadata.name=${name}` };

/** Signs cluster-info with every bootstrap token, so that who holds one can trust what it says. */
@Reconciler({ name: 'bootstrap-signer-controller', onByDefault: false })
@Injectable()
export class BootstrapSignerReconciler implements ReconcilesObjects {
  private readonly client: ResourceClient<ConfigMap>;
  private secrets: Informer<Secret> | undefined;
  private configMaps: Informer<ConfigMap> | undefined;

  constructor(client: KubernetesClient) {
    this.client = client.resource(refs.configMaps);
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    const touch = (): void => enqueue(key);
    this.secrets = on(refs.secrets, { added: touch, updated: touch, deleted: touch }, tokenSecrets);
    this.configMaps = on(refs.configMaps, { added: touch, updated: touch, deleted: touch }, clusterInfo);
  }

  async reconcile(): Promise<ReconcileResult> {
    const info = this.configMaps?.lister.get(namespace, name);
    const data = info && signedData(info.data ?? {}, this.secrets?.lister.list() ?? [], Date.now());
    if (data) await this.client.update({ ...(structuredClone(info) as ConfigMap), data });
  }
}
