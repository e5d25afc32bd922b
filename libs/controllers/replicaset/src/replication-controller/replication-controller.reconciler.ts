import { Injectable } from '@nestjs/common';
import { EventRecorder, InformerFactory, KubernetesClient } from '@nestor/client';
import { Reconciler } from '@nestor/controller-kit';
import { ReplicaReconciler } from '../replica.reconciler';
import { ReplicationControllers } from './replication-controllers';

@Reconciler({ name: 'replicationcontroller-controller', for: 'v1/ReplicationController' })
@Injectable()
export class ReplicationControllerReconciler extends ReplicaReconciler {
  constructor(client: KubernetesClient, informers: InformerFactory, recorder: EventRecorder) {
    super(client, informers, recorder, new ReplicationControllers(client, informers));
  }
}
