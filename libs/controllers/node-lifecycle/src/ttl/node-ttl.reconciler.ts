import { Injectable } from '@nestjs/common';
import { isNotFound, type Node } from '@nestor/api';
import { InformerFactory, KubernetesClient, refs, type Informer, type ResourceClient } from '@nestor/client';
import { Reconciler, type ObjectKey, type ReconcilerWiring, type ReconcilesObjects } from '@nestor/controller-kit';
import { planStep, secondsOf } from './node-ttl.plan';

const annotation = 'node.alpha.kubernetes.io/ttl';

/** Tells kubelets by an annotation how long they may use what they have fetched: longer, the more of them ask. */
@Reconciler({ name: 'ttl-controller', for: 'v1/Node' })
@Injectable()
export class NodeTtlReconciler implements ReconcilesObjects {
  private readonly nodes: Informer<Node>;
  private readonly client: ResourceClient<Node>;
  private count = 0;
  private step = 0;

  constructor(client: KubernetesClient, informers: InformerFactory) {
    this.nodes = informers.informer(refs.nodes);
    this.client = client.resource(refs.nodes);
  }

  setup({ on }: ReconcilerWiring): void {
    this.count = 0;
    this.step = 0;
    // Other nodes follow when they next change, as a heartbeat soon makes them.
    const move = (by: number) => (): void => {
      this.count += by;
      this.step = planStep(this.step, this.count);
    };
    on(refs.nodes, { added: move(1), deleted: move(-1) });
  }

  async reconcile({ name }: ObjectKey): Promise<void> {
    const node = this.nodes.lister.get('', name);
    const value = String(secondsOf(this.step));
    if (!node || node.metadata.annotations?.[annotation] === value) return;
    try {
      await this.client.patch(name, undefined, 'strategic', { metadata: { annotations: { [annotation]: value } } });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
