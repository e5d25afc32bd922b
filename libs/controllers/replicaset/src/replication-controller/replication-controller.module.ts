import { Module } from '@nestjs/common';
import { ReplicationControllerReconciler } from './replication-controller.reconciler';

@Module({ providers: [ReplicationControllerReconciler] })
export class ReplicationControllerModule {}
