import { Module } from '@nestjs/common';
import { ClusterRoleAggregationReconciler } from './aggregation.reconciler';

@Module({ providers: [ClusterRoleAggregationReconciler] })
export class ClusterRoleAggregationModule {}
