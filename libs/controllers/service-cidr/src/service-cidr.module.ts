import { Module } from '@nestjs/common';
import { ServiceCidrReconciler } from './service-cidr.reconciler';

@Module({ providers: [ServiceCidrReconciler] })
export class ServiceCidrModule {}
