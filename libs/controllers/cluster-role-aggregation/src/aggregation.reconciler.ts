import { Injectable } from '@nestjs/common';
import type { ClusterRole } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import {
  Reconciler,
  type ObjectKey,
  type ReconcileResult,
  type ReconcilerWiring,
  type ReconcilesObjects,
} from '@nestor/controller-kit';
import { aggregatedRules } from './aggregation.plan';

const fieldManager = 'clusterrole-aggregation-controller';
const gathering = 'gathering';

/** Keeps the rules of ClusterRoles that gather those of others. */
@Reconciler({ name: fieldManager })
@Injectable()
export class ClusterRoleAggregationReconciler implements ReconcilesObjects {
  private readonly roles: Informer<ClusterRole>;
  private readonly client: ResourceClient<ClusterRole>;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.roles = informers.informer(refs.clusterRoles);
    this.roles.addIndex(gathering, ({ aggregationRule }) => (aggregationRule ? [''] : []));
    this.client = client.resource(refs.clusterRoles);
  }

  /** Any role may be one that others gather, and those are few. */
  setup({ enqueue, on }: ReconcilerWiring): void {
    const changed = (): void => {
      for (const { metadata } of this.roles.lister.byIndex(gathering, '')) enqueue(metadata.name ?? '');
    };
    on(refs.clusterRoles, { added: changed, updated: changed, deleted: changed });
  }

  async reconcile({ name }: ObjectKey): Promise<ReconcileResult> {
    const role = this.roles.lister.get('', name);
    const rules = role && aggregatedRules(role, this.roles.lister.list());
    if (!rules) return;
    const { apiVersion, kind } = role;
    await this.client.apply({ apiVersion, kind, metadata: { name }, rules }, { fieldManager, force: true });
  }
}
