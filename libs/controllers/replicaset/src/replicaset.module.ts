import { Module } from '@nestjs/common';
import { ReplicaSetReconciler } from './replicaset.reconciler';

@Module({ providers: [ReplicaSetReconciler] })
export class ReplicaSetModule {}
