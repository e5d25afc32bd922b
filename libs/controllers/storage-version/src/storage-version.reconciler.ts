import { Injectable } from '@nestjs/common';
import { isNotFound, type DeepReadonly, type Lease, type StorageVersion } from '@nestor/api';
import { rfc3339 } from '@nestor/formats';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';
import { planStorageVersion } from './storage-version.plan';

const namespace = 'kube-system';
const identityLabel = 'apiserver.kubernetes.io/identity';
const isIdentity = ({ metadata }: DeepReadonly<Lease>): boolean =>
  metadata.labels?.[identityLabel] === 'kube-apiserver';

@Reconciler({
  name: 'storage-version-garbage-collector-controller',
  for: 'internal.apiserver.k8s.io/v1alpha1/StorageVersion',
})
@Injectable()
export class StorageVersionReconciler implements ReconcilesObjects {
  private readonly versions: Informer<StorageVersion>;
  private readonly client: ResourceClient<StorageVersion>;
  private readonly leases: ResourceClient<Lease>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.versions = informers.informer(refs.storageVersions);
    this.client = client.resource(refs.storageVersions);
    this.leases = client.resource(refs.leases);
  }

  setup({ on, enqueue }: ReconcilerWiring): void {
    on(refs.leases, {
      deleted: (lease) => {
        if (!isIdentity(lease)) return;
        for (const version of this.versions.lister.list()) {
          const names = version.status?.storageVersions?.some(({ apiServerID }) => apiServerID === lease.metadata.name);
          if (names) enqueue(version.metadata.name ?? '');
        }
      },
    });
  }

  async reconcile({ name }: ObjectKey): Promise<void> {
    const version = this.versions.lister.get('', name);
    if (!version) return;
    const ids = (version.status?.storageVersions ?? []).map(({ apiServerID }) => apiServerID ?? '');
    const live = new Set<string>();
    for (const id of ids) if (await this.isLive(id)) live.add(id);
    const now = rfc3339();
    const plan = planStorageVersion(version, (id) => live.has(id), now);
    const { uid, resourceVersion } = version.metadata;
    try {
      if (plan.action === 'delete') await this.client.delete(name, undefined, { uid, resourceVersion });
      if (plan.action === 'update') {
        const { apiVersion, kind, metadata, spec } = structuredClone(version) as StorageVersion;
        await this.client.updateStatus({ apiVersion, kind, metadata, spec, status: plan.status });
      }
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  /** Asked for each time: a cache may lack a server that has just come, or still hold one that has just gone. */
  private async isLive(id: string): Promise<boolean> {
    try {
      return isIdentity(await this.leases.get(id, namespace));
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }
}
