import { Module } from '@nestjs/common';
import { JobReconciler } from './job.reconciler';

@Module({ providers: [JobReconciler] })
export class JobModule {}
