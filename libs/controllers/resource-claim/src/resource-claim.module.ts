import { Module } from '@nestjs/common';
import { ResourceClaimReconciler } from './resource-claim.reconciler';

@Module({ providers: [ResourceClaimReconciler] })
export class ResourceClaimModule {}
