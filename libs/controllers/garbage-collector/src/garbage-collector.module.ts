import { Module } from '@nestjs/common';
import { GarbageCollectorReconciler } from './garbage-collector.reconciler';

@Module({ providers: [GarbageCollectorReconciler] })
export class GarbageCollectorModule {}
