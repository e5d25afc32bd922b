import { Injectable } from '@nestjs/common';
import { EventRecorder, InformerFactory, KubernetesClient } from '@nestor/client';
import { Reconciler } from '@nestor/controller-kit';
import { ReplicaSets } from './replica-owners';
import { ReplicaReconciler } from './replica.reconciler';

@Reconciler({ name: 'replicaset-controller', for: 'apps/v1/ReplicaSet' })
@Injectable()
export class ReplicaSetReconciler extends ReplicaReconciler {
  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    super(client, informers, recorder, new ReplicaSets(client, informers));
  }
}
