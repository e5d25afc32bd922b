import { Module } from '@nestjs/common';
import { StatefulSetReconciler } from './statefulset.reconciler';

@Module({ providers: [StatefulSetReconciler] })
export class StatefulSetModule {}
