import { Module } from '@nestjs/common';
import { DisruptionReconciler } from './disruption.reconciler';

@Module({ providers: [DisruptionReconciler] })
export class DisruptionModule {}
