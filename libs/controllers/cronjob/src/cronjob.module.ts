import { Module } from '@nestjs/common';
import { CronJobReconciler } from './cronjob.reconciler';

@Module({ providers: [CronJobReconciler] })
export class CronJobModule {}
