import { Module } from '@nestjs/common';
import { RootCaReconciler } from './root-ca.reconciler';
import { ServiceAccountReconciler } from './serviceaccount.reconciler';

@Module({ providers: [ServiceAccountReconciler, RootCaReconciler] })
export class ServiceAccountModule {}
