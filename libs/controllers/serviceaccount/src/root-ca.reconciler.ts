import { Injectable } from '@nestjs/common';
import type { ConfigMap, Namespace } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcileResult, type ReconcilesObjects } from '@nestor/controller-kit';
import { createIfAbsent, isActive, namespaceKey } from './active-namespace';

const mapName = 'kube-root-ca.crt';
const description =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

/** The CA that pods check the API server against, in a ConfigMap of every namespace. */
@Reconciler({
  name: 'root-ca-certificate-publisher-controller',
  for: 'v1/Namespace',
  watches: [{ kind: 'v1/ConfigMap', keys: (object) => (object.metadata.name === mapName ? namespaceKey(object) : []) }],
})
@Injectable()
export class RootCaReconciler implements ReconcilesObjects {
  private readonly namespaces: Informer<Namespace>;
  private readonly configMaps: Informer<ConfigMap>;
  private readonly client: ResourceClient<ConfigMap>;
  private readonly data: Record<string, string>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.namespaces = informers.informer(refs.namespaces);
    this.configMaps = informers.informer(refs.configMaps);
    this.client = client.resource(refs.configMaps);
    this.data = { 'ca.crt': client.connection.ca ?? '' };
  }

  async reconcile({ name: namespace }: ObjectKey): Promise<ReconcileResult> {
    if (!isActive(this.namespaces.lister.get('', namespace))) return;
    const current = this.configMaps.lister.get(namespace, mapName);
    const annotations = { 'kubernetes.io/description': description };
    if (!current) {
      const metadata = { name: mapName, namespace, annotations };
      await createIfAbsent(() =>
        this.client.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: this.data }),
      );
    } else if (JSON.stringify(current.data) !== JSON.stringify(this.data)) {
      await this.client.update({ ...(current as ConfigMap), data: this.data });
    }
  }
}
