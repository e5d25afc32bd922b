import { Module } from '@nestjs/common';
import { TtlAfterFinishedReconciler } from './ttl-after-finished.reconciler';

@Module({ providers: [TtlAfterFinishedReconciler] })
export class TtlAfterFinishedModule {}
