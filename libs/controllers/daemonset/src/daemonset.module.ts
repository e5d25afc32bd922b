import { Module } from '@nestjs/common';
import { DaemonSetReconciler } from './daemonset.reconciler';

@Module({ providers: [DaemonSetReconciler] })
export class DaemonSetModule {}
